"""Random rule sets of others mixed with kube-proxy's, for Hypothesis.

Each has an oracle that knows nothing of the code under test: the text of what has to be there afterwards, made of the
same parts as the text before.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

# Rules by chain.
Chains = dict[str, list[str]]

BUILT_IN = {
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "raw": ("PREROUTING", "OUTPUT"),
}
# Names of others, some of them very like kube-proxy's.
FOREIGN_CHAINS = """DOCKER DOCKER-USER DOCKER-ISOLATION-STAGE-1 CNI-HOSTPORT-DNAT CNI-HOSTPORT-SETMARK CNI-DN-0a1b2c3d4e
    cali-PREROUTING cali-fw-cali1234 CILIUM_POST_nat CILIUM_FORWARD FLANNEL-POSTRTG ufw-user-input FWD_public_allow
    f2b-sshd LIBVIRT_FWO MY-KUBE-SERVICES kube-services KUBE KUBE-ROUTER-INPUT KUBE-POD-FW-ABCDEFGHIJKLMNOP
    KUBE-NWPLCY-ABCDEFGHIJKLMNOP KUBE-HOSTPORTS KUBE-HP-ABCDEFGHIJKLMNOP KUBE-SVC-SHORT KUBE-SVC-abcdefghijklmnop
    KUBE-SEP-ABCDEFGHIJKLMNOPQ KUBE-FORWARDED KUBE-IPTABLES-HINT KUBE-KUBELET-CANARY""".split()
COMMENTS = [
    "kubernetes service portals",
    "kubernetes postrouting rules",
    "-j KUBE-SERVICES",
    "goes before KUBE-SERVICES, see ticket 12",
    'say "KUBE-SVC-ABCDEFGHIJKLMNOP"',
    "it's a \\ backslash",
    "COMMIT",
    "-j",
    "cali:6gwbT8clXdHdC1b1",
]
MATCHES = [
    "",
    "-p tcp -m tcp --dport 22",
    "-p udp -m udp --dport 30000:32767",
    "-m mark --mark 0x4000/0x4000",
    "-m conntrack --ctstate NEW",
    "-m addrtype --dst-type LOCAL",
]
ADDRESSES = {"ipv4": ["", "-s 192.0.2.0/24", "-d 10.96.0.1/32"], "ipv6": ["", "-s 2001:db8::/32", "-d fd00::1/128"]}
TARGETS = ["ACCEPT", "RETURN", "MARK --set-xmark 0x8000/0x8000", 'LOG --log-prefix "-j KUBE-SERVICES "', "DROP"]

SERVICE, ENDPOINT, EXTERNAL = "KUBE-SVC-ABCDEFGHIJKLMNOP", "KUBE-SEP-QRSTUVWXYZ234567", "KUBE-EXT-ABCDEFGHIJKLMNOP"
# kube-proxy's jumps and chains with their rules, by table.
OWN_JUMPS: dict[str, list[str]] = {
    "nat": [
        '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
        '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    ],
    "filter": [
        '-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS',
        '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
        '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
        (
            '-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall"'
            " -j KUBE-PROXY-FIREWALL"
        ),
    ],
    "mangle": [],
    "raw": [],
}
OWN_CHAINS: dict[str, Chains] = {
    "nat": {
        "KUBE-PROXY-CANARY": [],
        "KUBE-SERVICES": [
            f'-A KUBE-SERVICES -p tcp -m comment --comment "a/b cluster IP" -m tcp --dport 80 -j {SERVICE}',
            (
                '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports" -m addrtype --dst-type LOCAL'
                " -j KUBE-NODEPORTS"
            ),
        ],
        "KUBE-NODEPORTS": [f"-A KUBE-NODEPORTS -p tcp -m tcp --dport 30080 -j {EXTERNAL}"],
        EXTERNAL: [f"-A {EXTERNAL} -j KUBE-MARK-MASQ", f"-A {EXTERNAL} -j {SERVICE}"],
        SERVICE: [f'-A {SERVICE} -m comment --comment "a/b" -j {ENDPOINT}'],
        ENDPOINT: [f"-A {ENDPOINT} -j KUBE-MARK-MASQ", f"-A {ENDPOINT} -p tcp -j DNAT --to-destination :8080"],
    },
    "filter": {
        "KUBE-PROXY-CANARY": [],
        "KUBE-SERVICES": ["-A KUBE-SERVICES -p tcp -m tcp --dport 81 -j REJECT"],
        "KUBE-NODEPORTS": ["-A KUBE-NODEPORTS -p tcp -m tcp --dport 30081 -j ACCEPT"],
        "KUBE-FORWARD": ["-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT"],
        "KUBE-PROXY-FIREWALL": [],
    },
    "mangle": {"KUBE-PROXY-CANARY": []},
    "raw": {},
}
SHARED_CHAINS: Chains = {
    "KUBE-MARK-MASQ": ["-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000"],
    "KUBE-POSTROUTING": [
        "-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN",
        "-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0",
        '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE',
    ],
}
SHARED_JUMP = '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING'
OLD_KUBELET: Chains = {"KUBE-MARK-DROP": ["-A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000"]}
NEW_KUBELET: Chains = {"KUBE-FIREWALL": ["-A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP"]}


@dataclass(frozen=True)
class RuleSet:
    """A family, the text for iptables-restore with all rules, and the text of what has to be left."""

    family: str
    before: str
    after: str


def quoted(text: str) -> str:
    """A text as iptables-restore reads it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def foreign_rules(draw: st.DrawFn, family: str, table: str, chains: list[str]) -> list[str]:
    """Rules of others in this table; jumps go forward only, so that there is no circle."""
    every = [*BUILT_IN[table], *chains]
    found = []
    for place in draw(st.lists(st.integers(0, len(every) - 1), max_size=8)):
        later = [chain for chain in chains if place < every.index(chain)]
        comment = draw(st.none() | st.sampled_from(COMMENTS))
        words = [draw(st.sampled_from(ADDRESSES[family])), draw(st.sampled_from(MATCHES))]
        words += [f"-m comment --comment {quoted(comment)}" if comment else ""]
        goals = [*TARGETS, *later] if table != "nat" else [*(each for each in TARGETS if each != "DROP"), *later]
        words += [f"{draw(st.sampled_from(['-j', '-j', '-g']) if later else st.just('-j'))}", ""]
        goal = draw(st.sampled_from(later if words[-2] == "-g" else goals))
        found.append(" ".join(word for word in ["-A", every[place], *words[:-1], goal] if word))
    return found


@st.composite
def tables(draw: st.DrawFn, family: str, table: str) -> tuple[str, str]:
    """The text of one table before, and what has to be left of it."""
    chains = draw(st.lists(st.sampled_from(FOREIGN_CHAINS), max_size=5, unique=True))
    foreign = draw(foreign_rules(family, table, chains))
    own = {name: rules for name, rules in OWN_CHAINS[table].items() if draw(st.integers(0, 9)) or table == "nat"}
    jumps = [jump for jump in OWN_JUMPS[table] if jump.rpartition(" ")[2] in own and draw(st.booleans())]
    kubelets: Chains = NEW_KUBELET if table == "filter" and draw(st.booleans()) else {}
    shared: Chains = {}
    stays = False
    if table == "nat":
        old = OLD_KUBELET if draw(st.booleans()) else {}
        shared, stays = {**SHARED_CHAINS, **old}, bool(old)
        if draw(st.integers(0, 3)) == 0:  # somebody else marks packets
            foreign.append("-A OUTPUT -p tcp -m tcp --dport 8443 -j KUBE-MARK-MASQ")
            stays = True
    emptied = draw(st.sampled_from(["", "", *own])) if own else ""
    if emptied:  # a rule of somebody else that jumps into kube-proxy's chain
        foreign.append(f"-A OUTPUT -m comment --comment mine -j {emptied}")
    left = Parts([*chains, *kubelets, *(shared if stays else ()), *([emptied] if emptied else [])])
    whole = Parts(draw(st.permutations([*chains, *kubelets, *shared, *own])))
    for rule in draw(st.permutations(foreign)):
        counted = f"[{draw(st.integers(0, 2**40))}:{draw(st.integers(0, 2**40))}] {rule}"
        left.rules.append(counted)
        whole.rules.append(counted)
    kept = [rule for rules in (*kubelets.values(), *(shared.values() if stays else ())) for rule in rules]
    kept += [SHARED_JUMP] if stays else []
    for rule in kept:
        whole.insert(draw(st.integers(0, len(whole.rules))), rule, also=left)
    gone = [rule for rules in own.values() for rule in rules] + jumps
    gone += [] if stays else [rule for rules in shared.values() for rule in rules] + [SHARED_JUMP] * bool(shared)
    for rule in gone:
        whole.insert(draw(st.integers(0, len(whole.rules))), rule)
    return whole.text(table), left.text(table)


class Parts:
    """Chains and rules of a table in the making."""

    def __init__(self, chains: list[str]) -> None:
        self.chains = chains
        self.rules: list[str] = []

    def insert(self, position: int, rule: str, also: Parts | None = None) -> None:
        """Put a rule at a position; in the other parts behind the same rule as here."""
        line = rule if rule.startswith("[") else f"[7:{position}] {rule}"
        if also is not None:
            before = [each for each in self.rules[:position] if each in also.rules]
            also.rules.insert(also.rules.index(before[-1]) + 1 if before else 0, line)
        self.rules.insert(position, line)

    def text(self, table: str) -> str:
        """The table as iptables-restore reads it."""
        lines = [f"*{table}", *(f":{chain} ACCEPT [0:0]" for chain in BUILT_IN[table])]
        lines += [f":{chain} - [0:0]" for chain in self.chains]
        return "\n".join([*lines, *self.rules, "COMMIT", ""])


@st.composite
def rule_sets(draw: st.DrawFn) -> RuleSet:
    """All tables of one family."""
    family = draw(st.sampled_from(["ipv4", "ipv6"]))
    pairs = [draw(tables(family, table)) for table in BUILT_IN]
    return RuleSet(family, "".join(before for before, _after in pairs), "".join(after for _before, after in pairs))
