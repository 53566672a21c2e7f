// The panel under the answer: every city asked, what it said, how long it took.
import { useSignal } from "./signal.js";

const h = (type, props, ...children) => React.createElement(type, props, ...children);
const WORDS = {
  ANSWERED: "answered",
  EMPTY: "empty",
  WRITTEN: "written",
  WAITING: "waiting",
  CANCELLED: "cancelled",
  TIMED_OUT: "timed out",
  UNAVAILABLE: "unavailable",
  REFUSED: "refused",
  UNSUPPORTED: "cannot do this",
};

const ANSWERS = new Set(["ANSWERED", "EMPTY", "WRITTEN", "CANCELLED"]);

const milliseconds = (ms) => (ms < 10 ? ms.toFixed(1) : Math.round(ms).toString()) + " ms";

function summary(run) {
  if (!run) return "Run a query: each city the gateway asks is listed here with what it answered.";
  const took = milliseconds(run.ms);
  if (run.problem) return `${run.problem}, after ${took}.`;
  if (!run.cities.length) return `No city ${run.told ? "was asked for" : "is named in"} this answer; it took ${took}.`;
  const silent = run.cities.filter(({ status }) => !ANSWERS.has(status)).length;
  const cities = run.cities.length === 1 ? "1 city" : `${run.cities.length} cities`;
  return `${cities} asked, ${silent ? `${silent} did not answer` : "all answered"}, ${took} in all.`;
}

function City({ outcome, name, longest }) {
  const { city, status, rows, elapsedMs } = outcome;
  return h(
    "li",
    { className: "city", "data-status": status },
    h("span", { className: "name" }, name ? h("b", { lang: "zh" }, name.zh) : null, h("span", null, name?.en ?? city)),
    h("span", { className: "status" }, WORDS[status] ?? status),
    h("span", { className: "rows" }, rows == null || !ANSWERS.has(status) ? "" : `${rows} ${rows === 1 ? "row" : "rows"}`),
    h("span", { className: "time" }, elapsedMs == null ? "" : milliseconds(elapsedMs)),
    h("span", { className: "bar", style: { width: `${longest ? (100 * (elapsedMs ?? 0)) / longest : 0}%` } }),
  );
}

/** `lastRun` is a signal of {cities, told, ms, problem} or null; `cityNames` a signal of {slug: {zh, en}}. */
export function CitiesAsked({ lastRun, cityNames }) {
  const run = useSignal(lastRun);
  const names = useSignal(cityNames);
  const cities = run?.cities ?? [];
  const longest = Math.max(0, ...cities.map(({ elapsedMs }) => elapsedMs ?? 0));
  return h(
    "section",
    { id: "cities-asked", "aria-labelledby": "cities-asked-title" },
    h("h2", { id: "cities-asked-title" }, "Cities asked"),
    h("p", { role: "status" }, summary(run)),
    cities.length
      ? h("ul", null, cities.map((outcome) => h(City, { key: outcome.city, outcome, name: names[outcome.city], longest })))
      : null,
  );
}
