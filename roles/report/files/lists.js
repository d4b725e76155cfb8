// SPDX-License-Identifier: GPL-3.0-or-later
// Findings, settings and nodes of the whole fleet.

const FEW = 3;
const GROUPS_AT_ONCE = 40;

let problems = null;

function allProblems() {
  problems ??= clusters.flatMap((cluster) => cluster.problems);
  return problems;
}

/** Findings that are the same thing at several places: equal rule, severity and remedy. */
function groups(found) {
  const byKey = new Map();
  for (const one of found) {
    const id = JSON.stringify([one.severity, one.rule, one.remedy]);
    if (!byKey.has(id)) byKey.set(id, { shape: one.shape, rule: one.rule, remedy: one.remedy, places: [] });
    byKey.get(id).places.push(one);
  }
  return [...byKey.values()].sort((one, other) => one.shape.rank - other.shape.rank || other.places.length - one.places.length || compare(one.rule, other.rule));
}

function place(one) {
  const where = [link(one.cluster.link, one.cluster.name), one.node && ` › ${one.node}`, one.nodes && ` › ${one.nodes}`, one.pod && ` › ${one.pod}`, one.about && ` (${one.about})`];
  const values = [one.asked !== null && ["asked ", h("code", null, one.asked)], one.found !== null && ["found ", h("code", null, one.found)]].filter(Boolean);
  return h("li", null, h("p", { class: "where" }, where), h("p", null, one.reason), values.length > 0 && h("p", { class: "values" }, values.map((value, at) => [at ? "; " : "", value])));
}

function groupCard(group) {
  const names = new Set(group.places.map((one) => one.cluster.name));
  const places = h("ul", { class: "places" }, group.places.slice(0, FEW).map(place));
  const left = group.places.length - FEW;
  const more = left > 0 && h("button", { type: "button", class: "more", onclick: (event) => {
    const drawn = places.childElementCount;
    places.append(...group.places.slice(drawn, drawn + AT_ONCE).map(place));
    const still = group.places.length - places.childElementCount;
    if (still) event.target.textContent = `Show ${number(Math.min(AT_ONCE, still))} more`;
    else event.target.remove();
  } }, `Show ${number(Math.min(AT_ONCE, left))} more`);
  const extent = group.places.length > 1 ? `${plural(group.places.length, "place", "places")} in ${plural(names.size, "cluster", "clusters")}` : null;
  return h("article", { class: `finding ${group.shape.tone}` },
    h("header", null, badge(group.shape), h("h3", null, spoken(group.rule)), extent && h("span", { class: "note" }, extent)),
    places, more, group.remedy && h("p", { class: "remedy" }, h("strong", null, "What to do: "), group.remedy));
}

/** Findings with what narrows them down. */
function findingList(found, empty) {
  if (found.length === 0) return h("p", { class: "empty" }, empty);
  const chosen = { words: "", severity: "", cluster: "", sort: "severity", shown: GROUPS_AT_ONCE };
  const list = h("div", { class: "findings", id: "findings" });
  const count = h("p", { class: "count", role: "status" });
  const more = h("button", { type: "button", class: "more", onclick: () => { chosen.shown += GROUPS_AT_ONCE; draw(); } }, "Show more");
  const wordsOf = (one) => [one.rule, spoken(one.rule), one.cluster.name, one.node, one.nodes, one.pod, one.about, one.reason, one.remedy, one.asked, one.found].join("\n").toLowerCase();
  const orders = {
    severity: () => 0,
    places: (one, other) => other.places.length - one.places.length,
    rule: (one, other) => compare(one.rule, other.rule),
    cluster: (one, other) => compare(one.places[0].cluster.name, other.places[0].cluster.name),
  };
  function draw() {
    const kept = found.filter((one) => (!chosen.severity || one.severity === chosen.severity) && (!chosen.cluster || one.cluster.name === chosen.cluster) && (!chosen.words || wordsOf(one).includes(chosen.words)));
    const grouped = groups(kept).sort(orders[chosen.sort]);
    list.replaceChildren(...grouped.slice(0, chosen.shown).map(groupCard));
    if (grouped.length === 0) list.append(h("p", { class: "empty" }, "No finding fits what you look for."));
    count.textContent = kept.length === found.length ? plural(found.length, "finding", "findings") : `${number(kept.length)} of ${plural(found.length, "finding", "findings")}`;
    more.hidden = grouped.length <= chosen.shown;
  }
  const set = (name) => (value) => { chosen[name] = value; chosen.shown = GROUPS_AT_ONCE; draw(); };
  const levels = Object.entries(SEVERITIES).map(([name, shape]) => [name, shape, found.filter((one) => one.severity === name).length]).filter(([, , many]) => many);
  const names = [...new Set(found.map((one) => one.cluster.name))].sort(compare);
  draw();
  return h("div", { class: "data" }, h("div", { class: "tools" }, search("Find a word, node or rule", set("words")),
    levels.length > 1 && choice("Severity", [["", "All"], ...levels.map(([name, { label }, many]) => [name, `${label}s ${number(many)}`])], "", set("severity")),
    names.length > 1 && selection("Cluster", [["", "All"], ...names.map((name) => [name, name])], set("cluster")),
    selection("Sort", [["severity", "Worst first"], ["places", "Most places"], ["rule", "Rule"], ["cluster", "Cluster"]], set("sort")), count), list, more);
}

function findingsView() {
  return [h("h1", null, "Findings"), findingList(allProblems(), "Nothing was found: no error, no warning, no note.")];
}

/** Settings of all clusters: a row each, a column per cluster. */
function settingsView() {
  const compared = clusters.filter((cluster) => cluster.settings);
  const head = h("h1", null, "Asked against effective");
  if (compared.length === 0) return [head, h("p", { class: "empty" }, "Not gathered: nobody compared what was asked with what agents do. Role verify does that.")];
  const rows = new Map();
  compared.forEach((cluster, column) => cluster.settings.forEach((row) => {
    const id = JSON.stringify([row.feature, row.setting]);
    if (!rows.has(id)) rows.set(id, { feature: row.feature, setting: row.setting, cells: compared.map(() => null), worst: 9 });
    const kept = rows.get(id);
    kept.cells[column] = clusterCell(cluster, row);
    kept.worst = Math.min(kept.worst, row.result.rank);
  }));
  return [head, settingTable([...rows.values()], compared.map((cluster) => link(cluster.link, cluster.name)), "clusters")];
}

/** On how many nodes the worst came of a setting: "fell back on 1 of 4 nodes". */
function extentOf(row) {
  const here = row.cells.filter((cell) => (cell?.label ?? UNKNOWN.label) === row.result.label).length;
  return `${row.result.label} on ${number(here)} of ${plural(row.cells.length, "node", "nodes")}`;
}

function clusterCell(cluster, row) {
  const asked = row.asked ?? "nothing";
  const extent = extentOf(row);
  return { ...row.result, word: asked, also: row.result === OUTCOMES.effective ? null : extent, tell: `${cluster.name}, ${row.setting}: asked ${asked}; ${extent}` };
}

/** A matrix of settings with a filter and a choice of rows. */
function settingTable(rows, heads, noun) {
  const chosen = { words: "", off: "", sort: "worst" };
  const place = h("div");
  const count = h("p", { class: "count", role: "status" });
  const orders = { worst: (one, other) => one.worst - other.worst, setting: (one, other) => compare(one.setting, other.setting), feature: (one, other) => compare(one.feature, other.feature) };
  const draw = () => {
    const kept = rows.filter((row) => (!chosen.off || row.worst < OUTCOMES.effective.rank) && (!chosen.words || `${row.feature}\n${spoken(row.feature)}\n${row.setting}`.toLowerCase().includes(chosen.words)));
    kept.sort((one, other) => orders[chosen.sort](one, other) || compare(one.feature, other.feature) || compare(one.setting, other.setting));
    place.replaceChildren(kept.length ? matrix({
      id: "settings", corner: "Setting", side: rows[0].side && "Asked, and what came of it", heads, legend: Object.values(OUTCOMES),
      rows: kept.map((row) => ({ head: [variable(row.setting), h("span", { class: "feature" }, spoken(row.feature))], side: row.side, cells: row.cells })),
    }) : h("p", { class: "empty" }, rows.length ? "No setting fits what you look for." : `Nothing was asked of these ${noun} that their agents could show.`));
    count.textContent = kept.length === rows.length ? plural(rows.length, "setting", "settings") : `${number(kept.length)} of ${plural(rows.length, "setting", "settings")}`;
  };
  const set = (name) => (value) => { chosen[name] = value; draw(); };
  draw();
  return h("div", { class: "data" }, h("div", { class: "tools" }, search("Find a setting or feature", set("words")),
    choice("Settings", [["", "All"], ["off", "Not in effect"]], "", set("off")),
    selection("Sort", [["worst", "Worst first"], ["setting", "Setting"], ["feature", "Feature"]], set("sort")), count), place);
}

/** A table of agents; the cluster's column only where there are several. */
function agentTable(agents, several) {
  const states = [...new Map(agents.map((agent) => [agent.shape.label, agent.shape])).values()].sort((one, other) => one.rank - other.rank);
  return dataTable({
    id: "agents", rows: agents, noun: ["node", "nodes"], placeholder: "Find a node, version or kernel", empty: "No node is known.",
    sorted: { key: several ? "cluster" : "node" },
    filters: [
      ...(states.length > 1 ? [choiceFilter("Agent", [["", "All"], ...states.map(({ label }) => [label, label])], (agent) => agent.shape.label)] : []),
      ...(several && clusters.length > 1 ? [listFilter("Cluster", [["", "All"], ...clusters.map((one) => [one.name, one.name])], (agent) => agent.cluster.name)] : []),
    ],
    columns: [
      ...(several ? [{ key: "cluster", label: "Cluster", value: (agent) => agent.cluster.name, cell: (agent) => link(agent.cluster.link, agent.cluster.name) }] : []),
      { key: "node", label: "Node", value: (agent) => agent.name, cell: (agent) => link(agent.link, agent.name) },
      { key: "state", label: "Agent", value: (agent) => agent.shape.label, cell: (agent) => badge(agent.shape) },
      { key: "version", label: "Cilium", value: (agent) => agent.says("version") },
      { key: "kernel", label: "Kernel", value: (agent) => agent.kernel },
      { key: "reach", label: "Reaches", value: (agent) => agent.of("health.reachable", "health.total"), number: true },
      { key: "jobs", label: "Controllers", value: (agent) => agent.of("controllers.healthy", "controllers.total"), number: true },
      { key: "off", label: "Settings off", value: (agent) => agent.off, number: true },
      { key: "findings", label: "Findings", value: (agent) => agent.findings, number: true },
    ],
  });
}

function nodesView() {
  return [h("h1", null, "Nodes"), agentTable(clusters.flatMap((cluster) => cluster.agents), true)];
}
