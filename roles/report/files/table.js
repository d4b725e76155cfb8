// SPDX-License-Identifier: GPL-3.0-or-later
// A table that sorts, filters, and draws only as many rows as are looked at.

const AT_ONCE = 100;

/**
 * Columns are {key, label, value(row), cell(row), number, wide}: `value` is what sorts and is searched, `cell` what is
 * shown. `filters` are {element(apply), keeps(row)}; `noun` is [one, many]; `empty` is said when there are no rows.
 */
function dataTable({ id, columns, rows, noun, empty, placeholder, filters = [], sorted = null }) {
  if (rows.length === 0) return h("p", { class: "empty" }, empty);
  const state = { words: "", key: sorted?.key ?? columns[0].key, down: sorted?.down ?? false, shown: AT_ONCE };
  const body = h("tbody");
  const count = h("p", { class: "count", role: "status" });
  const more = h("button", { type: "button", class: "more", onclick: () => { state.shown += 5 * AT_ONCE; draw(); } });
  const heads = columns.map((column) => headOf(column, state, () => draw()));
  const texts = new Map();

  function wordsOf(row) {
    if (!texts.has(row)) texts.set(row, columns.map((column) => column.value(row) ?? "").join("\n").toLowerCase());
    return texts.get(row);
  }

  function chosen() {
    const sorting = columns.find((column) => column.key === state.key);
    const kept = rows.filter((row) => filters.every((filter) => filter.keeps(row)) && (!state.words || wordsOf(row).includes(state.words)));
    const keyed = kept.map((row) => [sorting.value(row), row]);
    keyed.sort((one, other) => {
      const order = compare(one[0], other[0]);
      return state.down && one[0] != null && other[0] != null ? -order : order;
    });
    return keyed.map(([, row]) => row);
  }

  function draw() {
    const found = chosen();
    const visible = found.slice(0, state.shown);
    body.replaceChildren(...visible.map((row) => h("tr", null, columns.map((column) =>
      h("td", { class: column.number ? "number" : column.wide ? "wide" : null, "data-label": column.label }, column.cell ? column.cell(row) : orAbsent(column.value(row), "–"))))));
    if (found.length === 0) body.append(h("tr", { class: "nothing" }, h("td", { colspan: columns.length }, `None of ${plural(rows.length, ...noun)} fits what you look for.`)));
    for (const head of heads) head.mark();
    const whole = found.length === rows.length ? plural(rows.length, ...noun) : `${number(found.length)} of ${plural(rows.length, ...noun)}`;
    count.textContent = visible.length < found.length ? `${whole}; the first ${number(visible.length)} are shown` : whole;
    more.hidden = visible.length >= found.length;
    more.textContent = `Show ${number(Math.min(5 * AT_ONCE, found.length - visible.length))} more`;
  }

  const restart = () => { state.shown = AT_ONCE; draw(); };
  const tools = h("div", { class: "tools" },
    placeholder && search(placeholder, (words) => { state.words = words; restart(); }),
    filters.map((filter) => filter.element(restart)), count);
  draw();
  return h("div", { class: "data", id }, tools, h("table", null, h("thead", null, h("tr", null, heads.map((head) => head.element))), body), more);
}

function headOf(column, state, draw) {
  const button = h("button", { type: "button", onclick: () => {
    state.down = state.key === column.key ? !state.down : false;
    state.key = column.key;
    draw();
  } }, column.label, h("span", { class: "arrow", "aria-hidden": "true" }));
  const element = h("th", { scope: "col", class: column.number ? "number" : null }, button);
  const mark = () => {
    const here = state.key === column.key;
    element.setAttribute("aria-sort", here ? (state.down ? "descending" : "ascending") : "none");
    button.lastChild.textContent = here ? (state.down ? " ↓" : " ↑") : "";
  };
  return { element, mark };
}

/** A filter of a table by a group of buttons: options are [value, words], `value(row)` is compared; "" keeps all. */
function choiceFilter(label, options, value, chosen = "") {
  let current = chosen;
  return {
    element: (apply) => choice(label, options, current, (picked) => { current = picked; apply(); }),
    keeps: (row) => current === "" || value(row) === current,
  };
}

/** The same by a list, for many options. */
function listFilter(label, options, value) {
  let current = "";
  return {
    element: (apply) => selection(label, options, (picked) => { current = picked; apply(); }),
    keeps: (row) => current === "" || value(row) === current,
  };
}
