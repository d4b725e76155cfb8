// SPDX-License-Identifier: GPL-3.0-or-later
// Which view is shown, and in which colours.

const THEMES = [["auto", "Auto"], ["light", "Light"], ["dark", "Dark"]];
const THEME = "fleet-cilium-report-theme";

/** The browser may forbid a file to remember anything; then the choice holds for this visit. */
function remembered() {
  try { return localStorage.getItem(THEME) ?? "auto"; } catch { return "auto"; }
}

function paint(theme) {
  if (theme === "auto") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", theme);
  try { localStorage.setItem(THEME, theme); } catch { /* not remembered, still painted */ }
}

function views() {
  const count = allProblems().length;
  return [["overview", "Overview", overview], ["findings", `Findings ${number(count)}`, findingsView], ["settings", "Settings", settingsView], ["nodes", `Nodes ${number(data.fleet.nodes)}`, nodesView]];
}

/** The view that the address names: a list's name, a cluster's number, or a node's. */
function chosen(known) {
  const [name, which = ""] = location.hash.slice(1).split("=");
  const [at, node] = which.split(".").map(Number);
  if (name === "cluster" && clusters[at]) return { title: clusters[at].name, make: () => clusterView(clusters[at]) };
  if (name === "node" && clusters[at]?.agents[node]) return { title: clusters[at].nodes[node], make: () => nodeView(clusters[at].agents[node]) };
  const [id, title, make] = known.find(([id]) => id === name) ?? known[0];
  return { id, title, make };
}

function main() {
  const known = views();
  const tabs = known.map(([id, title]) => h("a", { href: `#${id}` }, title));
  const theme = remembered();
  paint(theme);
  document.getElementById("head").append(h("div", { class: "page bar" },
    h("p", { class: "brand" }, h("strong", null, data.title), h("span", { class: "note" }, moment(data.generated))),
    h("nav", { "aria-label": "Views" }, tabs),
    choice("Colours", THEMES, theme, paint)));
  document.getElementById("foot").append(`Written by fleet.cilium ${data.collection} on ${moment(data.generated)}. It tells what agents said then.`);
  const show = (moved) => {
    const view = chosen(known);
    tabs.forEach((tab, at) => (known[at][0] === view.id ? tab.setAttribute("aria-current", "page") : tab.removeAttribute("aria-current")));
    document.title = view.id === "overview" ? data.title : `${view.title} · ${data.title}`;
    const place = document.getElementById("main");
    place.replaceChildren(...[view.make()].flat(3).filter(Boolean));
    if (moved) {
      scrollTo(0, 0);
      place.focus({ preventScroll: true });
    }
  };
  addEventListener("hashchange", () => show(true));
  show(false);
  document.documentElement.dataset.ready = "true";
}
