// SPDX-License-Identifier: GPL-3.0-or-later
// One cluster, and one node.

const NODES_SHOWN = 24;
const VALUES_SHOWN = 4;

function clusterView(cluster) {
  const head = [h("p", { class: "back" }, link("#overview", "← All clusters")), h("div", { class: "headline" }, h("h1", null, cluster.name), badge(cluster.shape))];
  if (cluster.unreachable !== null) {
    return [head, section("Not reached", null, h("p", { class: "reason" }, cluster.unreachable), h("p", { class: "empty" }, "So nothing is known of its agents.")),
      section("Findings", null, findingList(cluster.problems, "None.")), section("Asked settings", null, askedTable(cluster))];
  }
  const { counts } = cluster;
  return [head, facts([
    ["API server", orAbsent(cluster.host)],
    ["Cilium", versionsOf(cluster)],
    ["Kubernetes", orAbsent(cluster.kubernetes_version)],
    ["Chart", releaseWords(cluster)],
    ["App version", cluster.release ? orAbsent(cluster.release.app_version, "not told") : absent()],
    ["Agents", `${number(counts.answering)} of ${number(counts.nodes)} answer`],
  ]),
  section("Findings", null, findingList(cluster.problems, "Nothing was found: no error, no warning, no note.")),
  section("Asked against effective", "What was asked, and what each agent shows.", asked(cluster)),
  section("Health", "Whom each node reaches, on the node itself and on the endpoints behind it, as its health daemon last saw it.", health(cluster)),
  section("Nodes", null, agentTable(cluster.agents, false)),
  section("What agents say", "Equal answers are counted together.", answers(cluster)),
  section("Agents' log", "Warnings and errors since the agents started; messages that differ in numbers and addresses only are one.", logTable(cluster)),
  section("Asked settings", null, askedTable(cluster))];
}

function logTable(cluster) {
  if (!cluster.log) return h("p", { class: "empty" }, "Not gathered.");
  const rows = cluster.log.map((line) => ({ ...line, shape: line.harmless ? HARMLESS : level(line.level), message: text(line.message), means: text(line.means) }));
  return dataTable({
    id: "log", rows, noun: ["message", "messages"], placeholder: "Find a word", empty: "No agent logged a warning or an error.", sorted: { key: "level" },
    filters: [choiceFilter("Messages", [["", "All"], ["open", "Without the harmless ones"]], (row) => (row.harmless ? "harmless" : "open"))],
    columns: [
      { key: "level", label: "Level", value: (row) => row.shape.rank, cell: (row) => badge(row.shape) },
      { key: "message", label: "Message", value: (row) => `${row.message}\n${row.means ?? ""}`, wide: true, cell: (row) => [row.message, row.means && h("span", { class: "said absent" }, row.means)] },
      { key: "count", label: "Times", value: (row) => row.count, number: true, cell: (row) => number(row.count) },
      { key: "nodes", label: "Nodes", value: (row) => row.nodes, number: true },
      { key: "last", label: "Last", value: (row) => row.last, cell: (row) => (row.last ? moment(row.last) : absent("–")) },
    ],
  });
}

/** The matrix of settings and nodes; of many nodes only those that differ, unless all are wanted. */
function asked(cluster) {
  if (!cluster.settings) return h("p", { class: "empty" }, "Not gathered: nobody compared what was asked with what agents do. Role verify does that.");
  if (cluster.settings.length === 0) return h("p", { class: "empty" }, "Nothing was asked of this cluster that its agents could show.");
  const off = cluster.nodes.map((name, at) => at).filter((at) => cluster.settings.some(({ cells }) => cells[at] === null || cells[at].state !== "effective"));
  const all = cluster.nodes.map((name, at) => at);
  const place = h("div");
  const draw = (columns) => place.replaceChildren(settingTable(cluster.settings.map((row) => ({
    ...row, worst: row.result.rank, side: sideOf(row), cells: columns.map((at) => row.cells[at] && nodeCell(cluster, row, at)),
  })), columns.map((at) => cluster.nodes[at]), "nodes"));
  const many = all.length > NODES_SHOWN;
  draw(many ? off : all);
  const differ = `Only nodes that differ: ${number(off.length)}`;
  return [many && h("div", { class: "tools" }, choice("Nodes", [["off", differ], ["all", `All ${plural(all.length, "node", "nodes")}`]], "off", (which) => draw(which === "all" ? all : off))), place];
}

function sideOf(row) {
  return [h("code", null, row.asked ?? "nothing"), " ", badge(row.result, extentOf(row)), !row.given && h("span", { class: "feature" }, "the chart's default")];
}

function nodeCell(cluster, row, at) {
  const cell = row.cells[at];
  const shows = cell.shows ?? "nothing";
  const also = cell.state === "effective" ? null : cell.label;
  const from = cell.path ? ` (${spoken(cell.path)})` : "";
  return { ...cell, word: shows, also, tell: `${cluster.nodes[at]}, ${row.setting}: asked ${row.asked ?? "nothing"}; the agent shows ${shows}${from}: ${cell.label}` };
}

function health(cluster) {
  if (cluster.pairs) return pairMatrix(cluster);
  const { pairs } = cluster.counts;
  if (!pairs) return h("p", { class: "empty" }, "Not gathered: no agent says whom it reaches.");
  return h("p", { class: "empty" }, `${number(pairs.reachable)} of ${plural(pairs.total, "pair", "pairs")} of nodes are reached; which they are was not gathered.`);
}

/** Each thing that agents say, with how many say what. */
function answers(cluster) {
  const rows = [...cluster.columns].map(([path, values]) => {
    const said = tally(values.filter((value) => value !== null));
    const mute = values.filter((value) => value === null).length;
    return { path, said, mute, differs: said.length > 1 || (mute > 0 && said.length > 0) };
  });
  return dataTable({
    id: "answers", rows, noun: ["thing", "things"], placeholder: "Find a thing or a value", empty: "No agent said anything.",
    filters: [choiceFilter("Answers", [["", "All"], ["differ", "Where agents differ"]], (row) => (row.differs ? "differ" : "equal"))],
    columns: [
      { key: "path", label: "What", value: (row) => spoken(row.path) },
      { key: "said", label: "Agents say", value: (row) => row.said.map(([value]) => value).join("\n"), cell: saidCell, wide: true },
    ],
  });
}

function saidCell({ said, mute }) {
  const shown = said.slice(0, VALUES_SHOWN).map(([value, count]) => h("span", { class: "said" }, h("span", { class: "times" }, `${number(count)} ×`), " ", value));
  const left = said.length - VALUES_SHOWN;
  return [shown, left > 0 && h("span", { class: "said absent" }, `and ${plural(left, "other value", "other values")}`), mute > 0 && h("span", { class: "said absent" }, `${number(mute)} say nothing of it`)];
}

function askedTable(cluster) {
  if (!cluster.asked) return h("p", { class: "empty" }, "Not gathered.");
  return dataTable({
    id: "asked", rows: Object.entries(cluster.asked), noun: ["setting", "settings"], placeholder: "Find a setting", empty: "No setting is set; the chart's defaults apply.",
    columns: [
      { key: "name", label: "Variable", value: ([words]) => words, cell: ([words]) => variable(words) },
      { key: "value", label: "Value", value: ([, value]) => value, cell: ([, value]) => h("code", null, value), wide: true },
    ],
  });
}

function nodeView(agent) {
  const { cluster } = agent;
  const said = [...cluster.columns].map(([path, values]) => [path, values[agent.number]]).filter(([, value]) => value !== null);
  const rows = cluster.settings?.map((row) => ({ row, cell: row.cells[agent.number] })).filter(({ cell }) => cell);
  return [
    h("p", { class: "back" }, link(cluster.link, `← ${cluster.name}`)),
    h("div", { class: "headline" }, h("h1", null, agent.name), badge(agent.shape)),
    facts([["Cluster", link(cluster.link, cluster.name)], ["Cilium", orAbsent(agent.says("version"), "not told")], ["Kernel", orAbsent(agent.kernel)], ["Reaches", orAbsent(agent.of("health.reachable", "health.total"))], ["Controllers", orAbsent(agent.of("controllers.healthy", "controllers.total"))]]),
    section("Findings", null, findingList(cluster.problems.filter((one) => one.node === agent.name), "Nothing was found about this node.")),
    section("Asked against effective", null, rows ? dataTable({
      id: "effective", rows, noun: ["setting", "settings"], placeholder: "Find a setting", empty: "Nothing was asked that this agent could show.", sorted: { key: "state" },
      columns: [
        { key: "setting", label: "Setting", value: ({ row }) => row.setting, cell: ({ row }) => variable(row.setting) },
        { key: "asked", label: "Asked", value: ({ row }) => row.asked },
        { key: "shows", label: "Shows", value: ({ cell }) => cell.shows },
        { key: "state", label: "Outcome", value: ({ cell }) => cell.rank, cell: ({ cell }) => badge(cell) },
      ],
    }) : h("p", { class: "empty" }, "Not gathered.")),
    section("What the agent says", null, dataTable({
      id: "said", rows: said, noun: ["thing", "things"], placeholder: "Find a thing or a value", empty: "This agent did not answer.",
      columns: [{ key: "what", label: "What", value: ([path]) => spoken(path) }, { key: "value", label: "Value", value: ([, value]) => value, wide: true }],
    })),
  ];
}
