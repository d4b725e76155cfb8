# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done to remove kube-proxy's objects, or to bring them back. PRIVATE to the collection. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._diff import difference
from .._errors import InputError
from .._json import get_object, get_text
from . import kubeadm
from .backup import Backup
from .objects import (
    BACKUP_REF,
    DAEMON_SET_REF,
    KEPT_OFF,
    KUBEADM_REF,
    LABEL,
    NAMESPACE,
    REFS,
    Ref,
    held_back,
    is_held_back,
    kept,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._json import JsonObject

CREATE, REPLACE, MERGE, DELETE, WAIT_GONE, WAIT_READY = "create", "replace", "merge", "delete", "gone", "ready"
BRINGS_BACK = "kubeadm init phase addon kube-proxy"


@dataclass(frozen=True)
class Live:
    """What is in the cluster.

    Attributes:
        objects: the objects of kube-proxy that are there, by API path.
        kubeadm: ConfigMap kubeadm-config; None where kubeadm did not make the cluster.
        secret: the Secret of the backup; None if there is none.
        backup: what is in it.
        kept_off: our label on each node; None on a node that has none.
        running: nodes on which pods of the DaemonSet still are.
    """

    objects: Mapping[str, JsonObject] = field(default_factory=dict)
    kubeadm: JsonObject | None = None
    secret: JsonObject | None = None
    backup: Backup | None = None
    kept_off: Mapping[str, str | None] = field(default_factory=dict)
    running: tuple[str, ...] = ()

    @property
    def labelled(self) -> tuple[str, ...]:
        """The nodes that are kept free of kube-proxy."""
        return tuple(sorted(node for node, value in self.kept_off.items() if value == KEPT_OFF))


@dataclass(frozen=True)
class Step:
    """One request, or one wait: `path` is the object (the collection for CREATE), or the node to wait for."""

    verb: str
    title: str
    path: str = ""
    body: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What has to be done, in order.

    Attributes:
        steps: requests and waits.
        before: what is different now, by title, for the diff.
        after: what it is to be.
        removed: the objects of kube-proxy that go.
        restored: the objects of kube-proxy that come back.
        nodes_left: nodes that keep kube-proxy after this.
    """

    steps: tuple[Step, ...] = ()
    before: JsonObject = field(default_factory=dict)
    after: JsonObject = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    nodes_left: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether there is anything to do but wait."""
        return any(step.verb not in {WAIT_GONE, WAIT_READY} for step in self.steps)

    @property
    def takes_away(self) -> bool:
        """Whether any node loses kube-proxy by it."""
        lost = any(step.verb == DELETE and step.title == str(DAEMON_SET_REF) for step in self.steps)
        return lost or any(step.verb == MERGE and _label_of(step.body) == KEPT_OFF for step in self.steps)

    def diff(self) -> JsonObject:
        """Return the result's `diff`."""
        return difference(self.before, self.after, title="kube-proxy")


def absent(live: Live, *, strategy: str = "all", nodes: Sequence[str] | None = None) -> Plan:
    """Return what removes kube-proxy.

    Args:
        live: what is there.
        strategy: "all" deletes the DaemonSet at once; "node" keeps it off one node after the other first.
        nodes: with "node", the nodes to do now; None for all. The objects stay until no node has kube-proxy.

    Raises:
        InputError: a node that the cluster does not have.
    """
    daemon_set = live.objects.get(DAEMON_SET_REF.path)
    backup = _backup(live)
    steps = [*_keep(live, backup), *_tell_kubeadm(live, backup)]
    left: tuple[str, ...] = ()
    if strategy == "node" and daemon_set is not None:
        chosen = _chosen(live, nodes)
        steps += _node_by_node(daemon_set, live, chosen)
        left = tuple(sorted(set(live.kept_off) - set(live.labelled) - set(chosen)))
    gone = [] if left else [ref for ref in reversed(REFS) if ref.path in live.objects]
    steps += [Step(DELETE, str(ref), ref.path) for ref in gone]
    if not left:
        steps += [Step(WAIT_GONE, "all nodes")] if gone or live.running else []
        unlabelled = {*live.labelled, *(_labelled_by(steps))}
        steps += [_label_step(node, None) for node in sorted(unlabelled)]
    return _with_difference(live, Plan(tuple(steps), removed=tuple(map(str, gone)), nodes_left=left))


def present(live: Live) -> Plan:
    """Return what brings kube-proxy back as the backup has it.

    Raises:
        InputError: there is neither a backup nor a kube-proxy.
    """
    if live.backup is None and DAEMON_SET_REF.path not in live.objects:
        raise InputError(
            f"kube-proxy cannot be restored: found no Secret {BACKUP_REF.name} in namespace {NAMESPACE}, expected the "
            f"backup that state absent makes there. Make kube-proxy anew on a control-plane node: {BRINGS_BACK}."
        )
    back = live.backup or Backup().with_live(live.objects)
    steps = [step for ref in REFS for step in _bring(ref, live, back)]
    restored = tuple(step.title for step in steps)
    steps += _tell_kubeadm_back(live)
    steps += [_label_step(node, None) for node in live.labelled]
    if steps:
        steps.append(Step(WAIT_READY, str(DAEMON_SET_REF)))
    if live.secret is not None:
        steps.append(Step(DELETE, str(BACKUP_REF), BACKUP_REF.path))
    return _with_difference(live, Plan(tuple(steps), restored=restored))


def _backup(live: Live) -> Backup | None:
    """Return the backup as it is to be; None while there is nothing to keep."""
    found = live.backup or (Backup() if live.objects else None)
    if found is None:
        return None
    kept_now = found.with_live(live.objects)
    text = kubeadm.text_of(live.kubeadm)
    if text is None or kubeadm.told_off(text) == text:
        return kept_now
    return Backup(kept_now.objects, text, kubeadm.told_off(text))


def _keep(live: Live, backup: Backup | None) -> list[Step]:
    """Return the step that writes the backup, if it is not there as it is to be."""
    if backup is None or backup == live.backup:
        return []
    secret = backup.as_secret()
    if live.secret is None:
        return [Step(CREATE, str(BACKUP_REF), BACKUP_REF.collection, secret)]
    body: JsonObject = {**live.secret, "data": secret["data"]}
    return [Step(REPLACE, str(BACKUP_REF), BACKUP_REF.path, body)]


def _tell_kubeadm(live: Live, backup: Backup | None) -> list[Step]:
    """Return the step that has kubeadm leave kube-proxy away, where its configuration has a word for it."""
    text = kubeadm.text_of(live.kubeadm)
    if live.kubeadm is None or text is None or (told := kubeadm.told_off(text)) == text or backup is None:
        return []
    return [_kubeadm_step(live.kubeadm, told)]


def _tell_kubeadm_back(live: Live) -> list[Step]:
    """Return the step that undoes _tell_kubeadm(): the very text of before, if nobody has changed it since."""
    text, back = kubeadm.text_of(live.kubeadm), live.backup
    if live.kubeadm is None or text is None or back is None or back.kubeadm is None:
        return []
    wanted = back.kubeadm if text == back.told else kubeadm.taken_back(text)
    return [] if wanted == text else [_kubeadm_step(live.kubeadm, wanted)]


def _kubeadm_step(config_map: JsonObject, text: str) -> Step:
    data: JsonObject = {**get_object(config_map, "data"), kubeadm.KEY: text}
    return Step(REPLACE, str(KUBEADM_REF), KUBEADM_REF.path, {**config_map, "data": data})


def _chosen(live: Live, nodes: Sequence[str] | None) -> list[str]:
    unknown = sorted(set(nodes or ()) - set(live.kept_off))
    if unknown:
        raise InputError(
            f"Option nodes: found {', '.join(unknown)}, expected names of this cluster's nodes: "
            f"{', '.join(sorted(live.kept_off))}."
        )
    return sorted(live.kept_off if nodes is None else set(nodes))


def _node_by_node(daemon_set: JsonObject, live: Live, chosen: Sequence[str]) -> list[Step]:
    """Return the steps that free the chosen nodes of kube-proxy, one after the other."""
    steps = []
    if not is_held_back(daemon_set):
        steps.append(Step(REPLACE, str(DAEMON_SET_REF), DAEMON_SET_REF.path, held_back(daemon_set)))
    for node in chosen:
        if node not in live.labelled:
            steps += [_label_step(node, KEPT_OFF), Step(WAIT_GONE, f"node {node}", node)]
        elif node in live.running:
            steps.append(Step(WAIT_GONE, f"node {node}", node))
    return steps


def _label_step(node: str, value: str | None) -> Step:
    body: JsonObject = {"metadata": {"labels": {LABEL: value}}}
    return Step(MERGE, f"Node {node}", f"/api/v1/nodes/{node}", body)


def _label_of(body: JsonObject) -> str | None:
    return get_text(body, "metadata", "labels", LABEL)


def _labelled_by(steps: Sequence[Step]) -> list[str]:
    return [step.path.rpartition("/")[2] for step in steps if step.verb == MERGE and _label_of(step.body) == KEPT_OFF]


def _bring(ref: Ref, live: Live, back: Backup) -> list[Step]:
    """Return the step that makes one object what the backup has, if there is one."""
    wanted, there = back.objects.get(ref.path), live.objects.get(ref.path)
    if wanted is None:
        return []
    if there is None:
        return [Step(CREATE, str(ref), ref.collection, wanted)]
    if kept(there) == wanted and not is_held_back(there):
        return []
    metadata: JsonObject = {
        **get_object(wanted, "metadata"),
        **{key: value for key, value in get_object(there, "metadata").items() if key in {"resourceVersion", "uid"}},
    }
    return [Step(REPLACE, str(ref), ref.path, {**wanted, "metadata": metadata})]


def _with_difference(live: Live, planned: Plan) -> Plan:
    """Return the plan with both sides of its diff; the backup is left out, it holds what is shown already."""
    before: JsonObject = {}
    after: JsonObject = {}
    there = {str(ref): kept(live.objects[ref.path]) for ref in REFS if ref.path in live.objects}
    for step in planned.steps:
        if step.verb in {WAIT_GONE, WAIT_READY} or step.title == str(BACKUP_REF):
            continue
        if step.title == str(KUBEADM_REF):
            before[step.title] = kubeadm.text_of(live.kubeadm)
            after[step.title] = kubeadm.text_of(step.body)
        elif step.verb == MERGE:
            node = step.path.rpartition("/")[2]
            before.setdefault(step.title, {LABEL: live.kept_off.get(node)})
            after[step.title] = {LABEL: _label_of(step.body)}
        else:
            before.setdefault(step.title, there.get(step.title, {}))
            after[step.title] = {} if step.verb == DELETE else _shown(step.body)
    return Plan(planned.steps, before, after, planned.removed, planned.restored, planned.nodes_left)


def _shown(body: JsonObject) -> JsonObject:
    """Return an object as it will be, our hold on it included."""
    clean = kept(body)
    return held_back(clean) if is_held_back(body) else clean
