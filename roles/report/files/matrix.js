// SPDX-License-Identifier: GPL-3.0-or-later
// What crosses: settings with nodes or clusters, nodes with nodes.

const WORDY_COLUMNS = 8;
const TABLE_OF_PAIRS = 40;

/**
 * A table with a fixed first column. Rows are {head, side, cells}, cells are null or {sign, tone, label, word, also, tell};
 * `also` goes on a line of its own, `tell` is the whole story of the cell, shown below the table when it is touched or gets the focus.
 */
function matrix({ id, corner, side, heads, rows, legend }) {
  const wordy = heads.length <= WORDY_COLUMNS;
  const told = h("p", { class: "told", role: "status" }, wordy ? "" : "Choose a cell to read what it stands for.");
  const tell = (event) => {
    const cell = event.target.closest("[data-at]");
    if (!cell) return;
    const [row, column] = cell.dataset.at.split(".");
    told.textContent = rows[row].cells[column].tell;
  };
  const draw = (cell, row, column) => cell === null
    ? h("td", { class: "cell none" }, h("span", { class: "sr" }, "nothing"))
    : h("td", { class: `cell ${cell.tone}`, title: cell.tell, "data-at": `${row}.${column}` },
      h("span", { "aria-hidden": "true" }, cell.sign), h("span", { class: wordy ? "word" : "sr" }, cell.word ?? cell.label), wordy && cell.also && h("span", { class: "also" }, cell.also));
  const table = h("table", { class: wordy ? "matrix wordy" : "matrix dense" },
    h("thead", null, h("tr", null, h("th", { scope: "col", class: "first" }, corner), side && h("th", { scope: "col", class: "side" }, side),
      heads.map((head) => h("th", { scope: "col", class: "node" }, h("span", null, head))))),
    h("tbody", null, rows.map((row, at) => h("tr", null, h("th", { scope: "row", class: "first" }, row.head),
      side && h("td", { class: "side" }, row.side), row.cells.map((cell, column) => draw(cell, at, column))))));
  return h("div", { id, class: "cross" }, h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": corner, onclick: tell, onmouseover: wordy ? null : tell }, table),
    h("div", { class: "under" }, legend && key(legend), told));
}

/** What the signs mean. */
function key(shapes) {
  return h("p", { class: "key" }, shapes.map(({ sign, label, tone }) => h("span", null, h("span", { class: `mark ${tone}`, "aria-hidden": "true" }, sign), ` ${label}`)));
}

const PAIRS = {
  good: { sign: "✓", dense: "·", label: "both sides reached", tone: "good" },
  node: { sign: "N", dense: "N", label: "node not reached", tone: "bad" },
  endpoints: { sign: "E", dense: "E", label: "endpoints not reached", tone: "bad" },
  both: { sign: "✕", dense: "✕", label: "neither reached", tone: "bad" },
  unknown: { sign: "?", dense: "?", label: "not known yet", tone: "mute" },
};

/** What a pair of nodes comes to; kinds are [node's side, endpoints' side, message]. */
function pairOf(kind) {
  const [host, endpoints] = kind;
  const failed = [host, endpoints].map((side) => side === "unreachable");
  if (failed[0] && failed[1]) return PAIRS.both;
  if (failed[0]) return PAIRS.node;
  if (failed[1]) return PAIRS.endpoints;
  return [host, endpoints].every((side) => side === "reachable" || side === "") && (host || endpoints) ? PAIRS.good : PAIRS.unknown;
}

/** Who reaches whom: a table for few nodes, lines of signs for many, and the pairs that do not, in words. */
function pairMatrix(cluster) {
  const { targets } = cluster.pairs;
  const rows = cluster.nodes.map((name, at) => ({ name, kinds: cluster.reaches(at) })).filter((row) => row.kinds);
  const failing = rows.flatMap((row) => row.kinds.flatMap((kind, at) => {
    const shape = kind && pairOf(kind);
    return shape && shape !== PAIRS.good ? [{ from: row.name, to: targets[at], shape, message: text(kind[2]) }] : [];
  }));
  const legend = Object.values(PAIRS);
  const drawn = targets.length <= TABLE_OF_PAIRS
    ? matrix({ id: "pairs", corner: "From ↓ to →", heads: targets, legend, rows: rows.map((row) => ({ head: row.name, cells: row.kinds.map((kind, at) => pairCell(row, kind, targets[at])) })) })
    : densePairs(rows, targets, legend);
  return [drawn, dataTable({
    id: "failing", rows: failing, noun: ["pair that fails", "pairs that fail"], placeholder: "Find a node or a message",
    empty: "No pair of nodes fails.",
    columns: [
      { key: "from", label: "From", value: (row) => row.from },
      { key: "to", label: "To", value: (row) => row.to },
      { key: "what", label: "What", value: (row) => row.shape.label, cell: (row) => badge(row.shape) },
      { key: "message", label: "The agent says", value: (row) => row.message, wide: true },
    ],
  })];
}

function pairCell(row, kind, target) {
  if (!kind) return null;
  const shape = pairOf(kind);
  const message = text(kind[2]);
  return { ...shape, word: shape === PAIRS.good ? "reached" : shape.label, tell: `${row.name} → ${target}: ${shape.label}${message ? ` (${message})` : ""}` };
}

/** A line of signs per node; columns are numbered as rows are. */
function densePairs(rows, targets, legend) {
  const ruler = targets.map((name, at) => ((at + 1) % 10 ? " " : String((at + 1) / 10 % 10))).join("");
  const line = (row) => {
    const parts = [];
    for (const kind of row.kinds) {
      const shape = kind && pairOf(kind);
      const sign = shape ? shape.dense : " ";
      if (!shape || shape === PAIRS.good) {
        if (typeof parts.at(-1) === "string") parts.push(parts.pop() + sign);
        else parts.push(sign);
      } else parts.push(h("b", { class: shape.tone }, sign));
    }
    return h("div", null, h("span", { class: "name" }, row.name), h("span", { class: "marks" }, parts));
  };
  return h("div", { id: "pairs", class: "cross" },
    h("div", { class: "scroll pairs", tabindex: "0", role: "region", "aria-label": "Health by pair of nodes" },
      h("div", { class: "ruler", "aria-hidden": "true" }, h("span", { class: "name" }, "Tens of columns"), h("span", { class: "marks" }, ruler)), rows.map(line)),
    h("div", { class: "under" }, key(legend.map((shape) => ({ ...shape, sign: shape.dense })))));
}
