// Which cities an answer says were asked, and with what result: a plain function of the answer.

const STATUS_OF_ERROR = { REGISTRY_TIMEOUT: "TIMED_OUT", REGISTRY_UNAVAILABLE: "UNAVAILABLE" };

/** Every object in an answer, outermost first. */
function* objectsIn(value) {
  if (value === null || typeof value !== "object") return;
  if (!Array.isArray(value)) yield value;
  for (const child of Object.values(value)) yield* objectsIn(child);
}

const STATUS_OF_ENTRY = { DONE: "WRITTEN", WAITING: "WAITING", ASKED: "WAITING", REFUSED: "REFUSED", CANCELLED: "CANCELLED" };

const slug = (city) => (typeof city === "string" ? city : city?.key);

/**
 * From a GraphQL answer to [{city, status, rows, elapsedMs}], one row a city. An `outcomes` list speaks first; an error
 * names its city in extensions; a case's entry tells whether its city wrote; a record that names its source counts as
 * one row of that city.
 */
export function citiesIn(answer) {
  const found = new Map();
  const sources = new Map();
  const steps = [];
  for (const object of objectsIn(answer?.data)) {
    for (const outcome of Array.isArray(object.outcomes) ? object.outcomes : []) {
      found.set(slug(outcome.city), { ...outcome, city: slug(outcome.city) });
    }
    if (Array.isArray(object.steps)) steps.push(...object.steps);
    const source = slug(object.source?.city);
    if (source) sources.set(source, (sources.get(source) ?? 0) + 1);
  }
  for (const { extensions } of answer?.errors ?? []) {
    const city = slug(extensions?.city);
    if (city && !found.has(city)) found.set(city, { city, status: STATUS_OF_ERROR[extensions.code] ?? extensions.code });
  }
  for (const { name, city, state } of steps) {
    if (name === "ENTRY" && !found.has(city)) found.set(city, { city, status: STATUS_OF_ENTRY[state] ?? state });
  }
  for (const [city, rows] of sources) {
    if (!found.has(city)) found.set(city, { city, status: "ANSWERED", rows });
  }
  return [...found.values()];
}

/** The number of the case an answer shows, if it shows one. */
export function caseNumberIn(answer) {
  for (const object of objectsIn(answer?.data)) {
    if (object.case?.number) return object.case.number;
  }
  return null;
}
