/** What the model manager says of a model: sizes, times and progress in words; no DOM. */

/**
 * @typedef {{kind: string, here: number, total: number, state: "waiting" | "running" | "failed", note: string, error:
 *   string, unreachable: boolean, mine: boolean, others: number, stopping: boolean}} Job
 * @typedef {{name: string, title: string, note: string, licence: string, warning: string, gated: boolean, offered:
 *   boolean, tasks: string[], needs: string[], bytes: number, place: "" | "embedded" | "downloaded" | "folder" |
 *   "cached", ready: boolean, begun: number, page: string, command: string, instead: string, seconds: number | null,
 *   expected: number | null,
 *   loaded: boolean, own: boolean, job: Job | null}} Row
 * @typedef {{key: string, title: string, bytes: number}} Loaded
 * @typedef {{missing: string[], command: string, job: Job | null}} Packages modules that models need and are not
 *   installed; `command` installs them, and is for the owner only
 * @typedef {{models: Row[], memory: {used: number, most: number, photos: number, loaded: Loaded[]}, allowed: boolean,
 *   packages: Packages | null, offline: string, folder: string}} Panel `folder` is for the owner only
 */

/** Task -> heading, in the order of the list. @type {[string, string][]} */
export const GROUPS = [
  ["segment", "For clicks and boxes"],
  ["detect", "Find by name"],
  ["subject", "Main subject"],
  ["matte", "Soft edges and hair"],
];

const PLACES = {
  "": "",
  embedded: "part of the app",
  downloaded: "downloaded",
  folder: "in your own folder",
  cached: "in the hub's cache",
};
const FREE = new Set(["Apache-2.0", "MIT", "BSD-3-Clause"]);

/** 156008466 -> "156 MB". @param {number} bytes */
export function size(bytes) {
  if (bytes >= 999.5e6) return `${(bytes / 1e9).toFixed(1)} GB`;
  return `${bytes > 0 && bytes < 0.95e6 ? (bytes / 1e6).toFixed(1) : Math.round(bytes / 1e6)} MB`;
}

/** 0.0852 -> "85 ms", 1.9 -> "1.9 s", 75 -> "1 min 15 s". @param {number} seconds */
export function time(seconds) {
  if (seconds < 0.995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.5) return `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
}

/** The licence lets anyone do anything. @param {Row} row */
export function isFree(row) {
  return !row.licence || FREE.has(row.licence);
}

/** Where it is, how large and how fast. @param {Row} row */
export function facts(row) {
  const here = row.place
    ? [PLACES[row.place], row.bytes ? size(row.bytes) : ""]
    : [
        row.begun
          ? `${size(row.begun)} of ${size(row.bytes)} are here`
          : row.offered
            ? `${size(row.bytes)} to download`
            : size(row.bytes),
      ];
  const speed = row.seconds === null ? "" : `encodes a photo in ${time(row.seconds)} here`;
  const text = [...here, speed, row.loaded ? "in memory" : ""].filter(Boolean).join(" · ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What keeps it from being used although it is here. @param {Row} row */
export function lacks(row) {
  return row.needs.length ? `Needs ${row.needs.join(" and ")}, not installed yet.` : "";
}

/** What the panel of missing packages says. @param {Packages} packages */
export function packagesText({ missing, command, job }) {
  const names = missing.map((one) => (one === "torch" ? "PyTorch" : one)).join(" and ");
  if (job?.state === "failed") return job.error;
  if (job?.stopping) return "Stopping …";
  if (job) return `Installing ${names || "packages"}: ${job.note || "starting"}`;
  return `${names} ${missing.length > 1 ? "are" : "is"} not installed yet. nano works without; the other models need ${
    missing.length > 1 ? "them" : "it"
  }${command ? ", 0.3 to 3 GB to download." : "."}`;
}

/** @param {Job} job @returns {number | null} from 0 to 1, null while unknown */
export function share(job) {
  return job.kind === "download" && job.total > 0 ? Math.min(1, job.here / job.total) : null;
}

/** @param {Job} job @param {number} rate bytes a second, 0 while unknown */
export function progress(job, rate) {
  if (job.stopping) return "Stopping …";
  if (job.state === "waiting") return "Waits for its turn …";
  if (job.kind === "measure") return "Measuring …";
  if (!job.total) return "Asking the hub …";
  const left = rate > 0 ? (job.total - job.here) / rate : 0;
  return [
    `${size(job.here)} of ${size(job.total)}`,
    `${Math.floor((100 * job.here) / job.total)} %`,
    rate > 0 && `${size(rate)}/s`,
    left > 1 && `${time(left)} left`,
    job.others > 0 && "shared with another visitor",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** How fast something grows, over the last seconds. */
export class Rate {
  /** @type {[number, number][]} */
  #seen = [];

  /** @param {number} amount @param {number} at milliseconds @returns {number} per second; 0 while unknown */
  add(amount, at) {
    const last = this.#seen.at(-1);
    if (last && amount < last[1]) this.#seen = [];
    this.#seen.push([at, amount]);
    while (this.#seen.length > 2 && at - this.#seen[0][0] > 4000) this.#seen.shift();
    const [then, before] = this.#seen[0];
    return at - then > 400 ? (amount - before) / ((at - then) / 1000) : 0;
  }
}

/** The models that segment, for the picker. @param {Panel} panel */
export function offered(panel) {
  return panel.models
    .filter((row) => row.tasks.includes("segment"))
    .map((row) => {
      const lacking = row.gated ? "on request" : `download, ${size(row.bytes)}`;
      return { ...row, get: row.needs.length ? `needs ${row.needs[0]}` : lacking };
    });
}
