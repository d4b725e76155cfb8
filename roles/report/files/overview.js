// SPDX-License-Identifier: GPL-3.0-or-later
// The fleet at a glance.

/** One sentence that says how the fleet is. */
function verdict() {
  const { clusters: count } = data.fleet;
  if (count.total === 0) return "There is no cluster in this report";
  const off = count.total - count.in_order;
  if (off === 0) return ["The cluster is in order", "Both clusters are in order"][count.total - 1] ?? `All ${number(count.total)} clusters are in order`;
  if (count.total === 1) return "The cluster needs attention";
  return `${number(off)} of ${number(count.total)} clusters ${off === 1 ? "needs" : "need"} attention`;
}

function verdictDetails() {
  const { clusters: count, nodes, answering } = data.fleet;
  const parts = [
    count.errors && `${number(count.errors)} with errors`,
    count.not_reached && `${number(count.not_reached)} not reached`,
    count.warnings && `${number(count.warnings)} with warnings`,
    count.in_order < count.total && count.in_order && `${number(count.in_order)} in order`,
  ].filter(Boolean);
  const agents = nodes ? `${number(answering)} of ${plural(nodes, "agent answers", "agents answer")}.` : "No agent was asked.";
  return `${parts.length ? `${parts.join(", ")}. ` : ""}${agents}`;
}

/** A number with its words. */
function figure(name, value, note, tone) {
  return h("div", { class: "figure" }, h("p", { class: "name" }, name), h("p", { class: `value ${value === null ? "absent" : ""}` }, value ?? "not gathered"), note && h("p", { class: `note ${tone ?? ""}` }, note));
}

function ratio(part, whole) {
  return [number(part), h("span", { class: "of" }, ` of ${number(whole)}`)];
}

/** A share of many in percent, never rounded up to all. */
function share(part, whole) {
  return whole < 10000 ? ratio(part, whole) : [number(Math.floor((10000 * part) / whole) / 100), h("span", { class: "of" }, " %")];
}

function figures() {
  const { clusters: count, nodes, answering, settings, pairs, findings } = data.fleet;
  const left = nodes - answering;
  const off = settings ? settings.fell_back + settings.older_config : 0;
  const cut = pairs ? pairs.total - pairs.reachable : 0;
  const offWords = settings && [["fell_back", "fell back"], ["older_config", "on an older configuration"], ["unknown", "not known"]]
    .filter(([name]) => settings[name]).map(([name, words]) => `${number(settings[name])} ${words}`).join(", ");
  const found = findings ?? { error: 0, warning: 0, info: 0 };
  return h("div", { class: "figures" },
    figure("Clusters in order", ratio(count.in_order, count.total), count.total - count.in_order ? `! ${number(count.total - count.in_order)} to look at` : "✓ all", count.total - count.in_order ? "warn" : "good"),
    figure("Agents answering", nodes ? ratio(answering, nodes) : null, nodes && (left ? `✕ ${number(left)} silent` : "✓ all"), left ? "bad" : "good"),
    figure("Settings in effect", settings ? ratio(settings.effective, settings.total) : null, settings && (offWords ? `${off ? "!" : "?"} ${offWords}` : "✓ all"), off ? "warn" : offWords ? "mute" : "good"),
    figure("Nodes reaching nodes", pairs ? share(pairs.reachable, pairs.total) : null, pairs && (cut ? `✕ ${number(cut)} of ${plural(pairs.total, "pair", "pairs")} fail` : `✓ all ${plural(pairs.total, "pair", "pairs")}`), cut ? "bad" : "good"),
    figure("Findings", number(found.error + found.warning + found.info), found.error + found.warning + found.info ? findingWords({ findings: found }) : "✓ none", found.error ? "bad" : found.warning ? "warn" : found.info ? "mute" : "good"));
}

function versionsOf(cluster) {
  if (cluster.versions.length === 0) return absent("not told");
  if (cluster.versions.length === 1) return cluster.versions[0][0];
  return cluster.versions.map(([version, count]) => `${version} (${number(count)})`).join(", ");
}

function releaseWords({ release }) {
  if (!release) return absent();
  if (release.status === "absent") return "no Helm release";
  return [`${release.chart_version ?? "chart not told"}, revision ${release.revision ?? "?"}, ${release.status ?? "status not told"}`];
}

function countOf(counts, name) {
  const part = counts[name];
  if (!part) return absent();
  return name === "pairs" ? `${number(part.reachable)} of ${number(part.total)} pairs` : `${number(part.effective)} of ${number(part.total)} in effect`;
}

function findingWords({ findings }) {
  const parts = Object.entries(SEVERITIES).filter(([name]) => findings[name]).map(([name, { label }]) => plural(findings[name], label.toLowerCase(), `${label.toLowerCase()}s`));
  return parts.length ? parts.join(", ") : "none";
}

function card(cluster) {
  const { counts } = cluster;
  const body = cluster.unreachable !== null
    ? [h("p", { class: "reason" }, cluster.unreachable), facts([["Findings", findingWords(counts)]])]
    : [facts([
      ["Cilium", versionsOf(cluster)],
      ["Kubernetes", orAbsent(cluster.kubernetes_version)],
      ["Chart", releaseWords(cluster)],
      ["Agents", `${number(counts.answering)} of ${number(counts.nodes)} answer`],
      ["Settings", countOf(counts, "settings")],
      ["Health", countOf(counts, "pairs")],
      ["Findings", findingWords(counts)],
    ])];
  return h("article", { class: `card ${cluster.shape.tone}` }, h("header", null, h("h3", null, link(cluster.link, cluster.name)), badge(cluster.shape)), body);
}

const SORTS = {
  worst: ["Worst first", (cluster) => cluster.shape.rank],
  name: ["Name", (cluster) => cluster.name],
  nodes: ["Most nodes", (cluster) => -cluster.counts.nodes],
  findings: ["Most findings", (cluster) => -cluster.problems.length],
  version: ["Oldest Cilium", (cluster) => cluster.versions.map(([version]) => version).sort(compare)[0] ?? null],
};

/** Cards that can be searched, chosen by state, and sorted. */
function cards() {
  const chosen = { words: "", state: "", sort: "worst" };
  const grid = h("div", { class: "cards", id: "cards" });
  const count = h("p", { class: "count", role: "status" });
  const draw = () => {
    const value = SORTS[chosen.sort][1];
    const found = clusters.filter((one) => (!chosen.state || one.state === chosen.state)
      && (!chosen.words || [one.name, one.host, one.kubernetes_version, ...one.versions.map(([version]) => version)].join("\n").toLowerCase().includes(chosen.words)));
    found.sort((one, other) => compare(value(one), value(other)) || compare(one.name, other.name));
    grid.replaceChildren(...found.map(card));
    if (found.length === 0) grid.append(h("p", { class: "empty" }, clusters.length ? "No cluster fits what you look for." : "There is no cluster in this report."));
    count.textContent = found.length === clusters.length ? plural(clusters.length, "cluster", "clusters") : `${number(found.length)} of ${plural(clusters.length, "cluster", "clusters")}`;
  };
  const there = Object.entries(STATES).filter(([name]) => data.fleet.clusters[name]);
  draw();
  return [h("div", { class: "tools" }, search("Find a cluster or version", (words) => { chosen.words = words; draw(); }),
    there.length > 1 && choice("State", [["", "All"], ...there.map(([name, { label }]) => [name, `${label} ${number(data.fleet.clusters[name])}`])], "", (state) => { chosen.state = state; draw(); }),
    clusters.length > 1 && selection("Sort", Object.entries(SORTS).map(([name, [words]]) => [name, words]), (sort) => { chosen.sort = sort; draw(); }), count), grid];
}

/** How often each version runs. */
function spread(title, unit, values) {
  const known = values.filter((value) => value !== null && value !== undefined);
  const rows = tally(known);
  const most = rows.length ? rows[0][1] : 1;
  return h("div", { class: "spread" }, h("h3", null, title), rows.length === 0 ? h("p", { class: "empty" }, "Not gathered.")
    : h("table", null, h("thead", { class: "sr" }, h("tr", null, h("th", { scope: "col" }, title), h("th", { scope: "col" }, unit[1]))),
      h("tbody", null, rows.map(([value, count]) => {
        const bar = h("span", { class: "part" });
        bar.style.setProperty("--part", `${(100 * count) / most}%`);
        return h("tr", null, h("th", { scope: "row", title: value }, value), h("td", { class: "number" }, plural(count, ...unit)), h("td", { class: "bars", "aria-hidden": "true" }, bar));
      }))));
}

function versions() {
  const reached = clusters.filter((one) => one.unreachable === null);
  return h("div", { class: "spreads" },
    spread("Cilium", ["agent", "agents"], reached.flatMap((one) => one.column("version"))),
    spread("Chart", ["cluster", "clusters"], reached.map((one) => one.release?.chart_version)),
    spread("Kubernetes", ["cluster", "clusters"], reached.map((one) => one.kubernetes_version)),
    spread("Kernel", ["node", "nodes"], reached.flatMap((one) => one.kernels)));
}

function overview() {
  const urgent = groups(allProblems().filter((one) => one.severity !== "info")).slice(0, 5);
  const rest = groups(allProblems()).length - urgent.length;
  return [
    h("div", { class: "verdict" }, h("h1", null, verdict()), h("p", null, verdictDetails()),
      data.left_out.length > 0 && h("p", { class: "note" }, `Not in this run, so not in this report: ${data.left_out.join(", ")}.`)),
    figures(),
    section("What needs attention", null, urgent.length ? h("div", { class: "findings" }, urgent.map(groupCard)) : h("p", { class: "empty" }, "Nothing: there is no error and no warning."),
      rest > 0 && h("p", null, link("#findings", urgent.length ? `All findings (${plural(rest, "more", "more")})` : `All findings (${plural(rest, "note", "notes")})`))),
    section("Clusters", null, cards()),
    section("Versions", null, versions()),
  ];
}
