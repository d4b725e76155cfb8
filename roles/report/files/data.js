// SPDX-License-Identifier: GPL-3.0-or-later
// The data of the page, unpacked as far as somebody looks at it. plugins/module_utils/_report/view.py packs it.

const data = JSON.parse(document.getElementById("data").textContent);

// A state is a sign, a word and a tone; the tone is a colour, and never stands alone.
const STATES = {
  in_order: { sign: "✓", label: "In order", tone: "good", rank: 3 },
  warnings: { sign: "!", label: "Warnings", tone: "warn", rank: 2 },
  errors: { sign: "✕", label: "Errors", tone: "bad", rank: 0 },
  not_reached: { sign: "?", label: "Not reached", tone: "bad", rank: 1 },
};
const OUTCOMES = {
  effective: { sign: "✓", label: "in effect", tone: "good", rank: 3 },
  fell_back: { sign: "✕", label: "fell back", tone: "bad", rank: 0 },
  older_config: { sign: "↻", label: "older configuration", tone: "warn", rank: 1 },
  unknown: { sign: "?", label: "not known", tone: "mute", rank: 2 },
};
const SEVERITIES = {
  error: { sign: "✕", label: "Error", tone: "bad", rank: 0 },
  warning: { sign: "!", label: "Warning", tone: "warn", rank: 1 },
  info: { sign: "i", label: "Note", tone: "mute", rank: 2 },
};
const HARMLESS = { sign: "✓", label: "harmless", tone: "good", rank: 9 };
const LEVELS = { ...SEVERITIES, fatal: { ...SEVERITIES.error, label: "Fatal" }, panic: { ...SEVERITIES.error, label: "Panic" } };
const UNKNOWN = OUTCOMES.unknown;

const outcome = (name) => OUTCOMES[name] ?? { ...UNKNOWN, label: name };
const level = (name) => LEVELS[name] ?? { ...SEVERITIES.info, label: name };
const severity = (name) => SEVERITIES[name] ?? { ...SEVERITIES.info, label: name };
const text = (number) => (number < 0 ? null : data.texts[number]);

/** Runs of [how many, which, …] as a list with an entry per node. */
function unpack(runs) {
  const found = [];
  for (let at = 0; at < runs.length; at += 2) {
    for (let left = runs[at]; left > 0; left -= 1) found.push(runs[at + 1]);
  }
  return found;
}

/** Count equal values: [[value, how many], …], the most frequent first. */
function tally(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((one, other) => other[1] - one[1] || compare(one[0], other[0]));
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Order numbers as numbers, texts as people do, and what is not there last. */
function compare(one, other) {
  const missing = Number(one == null) - Number(other == null);
  if (missing || one == null) return missing;
  if (typeof one === "number" && typeof other === "number") return one - other;
  return collator.compare(String(one), String(other));
}

class Cluster {
  constructor(packed, index) {
    this.packed = packed;
    for (const key of ["name", "host", "release", "kubernetes_version", "state", "counts", "unreachable", "asked", "nodes", "pairs", "log"]) this[key] = packed[key];
    this.index = index;
    this.shape = STATES[packed.state];
    this.link = `#cluster=${index}`;
    this.cache = {};
  }

  once(name, make) {
    if (!(name in this.cache)) this.cache[name] = make();
    return this.cache[name];
  }

  /** What agents say: path → a text for each node, null where one does not say. */
  get columns() {
    return this.once("columns", () =>
      new Map(this.packed.columns.map(([path, runs]) => [text(path), unpack(runs).map(text)])));
  }

  column(path) {
    return this.columns.get(path) ?? [];
  }

  get kernels() {
    return this.once("kernels", () => unpack(this.packed.kernels).map(text));
  }

  /** Cilium's versions: [[version, how many agents], …]. */
  get versions() {
    return this.once("versions", () => tally(this.column("version").filter((version) => version !== null)));
  }

  /** Settings: what was asked, and for each node what came of it; null if nobody compared. */
  get settings() {
    return this.once("settings", () => this.packed.features && this.packed.features.map(
      ([feature, setting, asked, given, result, runs]) => ({
        feature: text(feature),
        setting: text(setting),
        asked: text(asked),
        given,
        result: outcome(result),
        cells: unpack(runs).map(cellOf),
      })));
  }

  get problems() {
    return this.once("problems", () => this.packed.findings.map((found) => ({
      ...found,
      cluster: this,
      shape: severity(found.severity),
      reason: text(found.reason),
      remedy: text(found.remedy),
    })));
  }

  /** Agents as rows of a table. */
  get agents() {
    return this.once("agents", () => {
      const found = tally(this.problems.map((one) => one.node));
      const count = new Map(found);
      return this.nodes.map((name, number) => new Agent(this, name, number, count.get(name) ?? 0));
    });
  }

  /** Whom a node reaches, as kinds by target; null if it does not say. */
  reaches(number) {
    const row = this.pairs?.rows[number];
    return row ? unpack(row).map((kind) => (kind < 0 ? null : data.kinds[kind])) : null;
  }
}

function cellOf(number) {
  if (number < 0) return null;
  const [state, shows, path] = data.cells[number];
  return { ...outcome(state), state, shows: text(shows), path: text(path) };
}

class Agent {
  constructor(cluster, name, number, findings) {
    this.cluster = cluster;
    this.name = name;
    this.number = number;
    this.findings = findings;
    this.link = `#node=${cluster.index}.${number}`;
  }

  says(path) {
    return this.cluster.column(path)[this.number] ?? null;
  }

  get answers() {
    return [...this.cluster.columns.values()].some((column) => column[this.number] !== null);
  }

  /** What the agent calls itself; one that says nothing at all did not answer. */
  get shape() {
    const said = this.says("state");
    if (said === null && !this.answers) return { sign: "?", label: "No answer", tone: "bad", rank: 0 };
    if (said === null || said.toLowerCase() === "ok") return { sign: "✓", label: said ?? "Answers", tone: "good", rank: 3 };
    const tone = said.toLowerCase() === "warning" ? "warn" : "bad";
    return { sign: tone === "warn" ? "!" : "✕", label: said, tone, rank: tone === "warn" ? 2 : 1 };
  }

  /** "reached of all", from two columns. */
  of(part, whole) {
    const all = this.says(whole);
    return all === null ? null : `${this.says(part) ?? 0} of ${all}`;
  }

  get kernel() {
    return this.cluster.kernels[this.number];
  }

  /** Settings that are not in effect on this node; null if nobody compared. */
  get off() {
    return this.cluster.settings
      && this.cluster.settings.filter(({ cells }) => ["fell_back", "older_config"].includes(cells[this.number]?.state)).length;
  }
}

const clusters = data.clusters.map((packed, index) => new Cluster(packed, index));
