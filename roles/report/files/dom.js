// SPDX-License-Identifier: GPL-3.0-or-later
// Making elements. Texts get in as texts only, so nothing that a node or an agent says can become markup.

/** Make an element: `on…` are listeners, `class` and others attributes; null and false are left out. */
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const format = new Intl.NumberFormat("en");
const number = (value) => format.format(value);
const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;

/** A state: its sign and its word, in its colour. */
function badge({ sign, label, tone }, note) {
  return h("span", { class: `badge ${tone}` }, h("span", { class: "sign", "aria-hidden": "true" }, sign), note ?? label);
}

const link = (to, ...children) => h("a", { href: to }, ...children);
const absent = (words = "not gathered") => h("span", { class: "absent" }, words);
const orAbsent = (value, words) => (value === null || value === undefined || value === "" ? absent(words) : value);

/** A name with underscores, which may go on in the next line behind each. */
const variable = (words) => h("code", null, words.split(/(?<=_)/).flatMap((part) => [part, h("wbr")]).slice(0, -1));

/** A titled part of the page. */
function section(title, note, ...children) {
  return h("section", null, h("div", { class: "title" }, h("h2", null, title), note && h("p", { class: "note" }, note)), ...children);
}

/** Names and values, aligned. */
function facts(pairs) {
  return h("dl", { class: "facts" }, pairs.filter(Boolean).map(([name, ...value]) => h("div", null, h("dt", null, name), h("dd", null, ...value))));
}

/** A group of buttons of which one is pressed. */
function choice(label, options, chosen, choose) {
  const buttons = options.map(([value, ...words]) =>
    h("button", { type: "button", "aria-pressed": String(value === chosen), onclick: () => {
      for (const one of buttons) one.setAttribute("aria-pressed", String(one === buttons[options.findIndex(([each]) => each === value)]));
      choose(value);
    } }, ...words));
  return h("div", { class: "choice", role: "group", "aria-label": label }, buttons);
}

/** A list to choose one from. */
function selection(label, options, choose) {
  return h("label", { class: "select" }, h("span", null, label),
    h("select", { onchange: (event) => choose(event.target.value) }, options.map(([value, words]) => h("option", { value }, words))));
}

/** A field to type what is looked for. */
function search(placeholder, typed) {
  let timer = 0;
  return h("input", { type: "search", class: "search", placeholder, "aria-label": placeholder, autocomplete: "off", spellcheck: "false",
    oninput: (event) => {
      clearTimeout(timer);
      timer = setTimeout(() => typed(event.target.value.trim().toLowerCase()), 80);
    } });
}

/** A dotted path as words. */
const spoken = (path) => path.split(".").map((part) => part.replaceAll("_", " ")).join(" › ");

/** "2026-11-21T10:45:03Z" as people write it. */
function moment(iso) {
  const when = new Date(iso);
  if (Number.isNaN(when.getTime())) return iso;
  return `${when.toISOString().slice(0, 10)} ${when.toISOString().slice(11, 16)} UTC`;
}
