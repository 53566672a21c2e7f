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
 * From a GraphQL answer to [{city, status, rows, elapsedMs}], one row a city: what the gateway says itself, with what
 * became of a case's entry in a city that answered; where it says nothing (to citizens), what the data lets guess.
 */
export function citiesIn(answer) {
  const told = answer?.extensions?.cities;
  return Array.isArray(told) ? told.map((outcome) => withEntry(outcome, answer)) : guessed(answer);
}

/** The answer without what only the panel asked for. */
export function withoutCities({ extensions: { cities, ...others } = {}, ...answer }) {
  return Object.keys(others).length ? { ...answer, extensions: others } : answer;
}

function withEntry(outcome, answer) {
  const entry = entriesIn(answer).find(({ city }) => city === outcome.city);
  const answered = outcome.status === "ANSWERED" || outcome.status === "EMPTY";
  return entry && answered ? { ...outcome, status: STATUS_OF_ENTRY[entry.state] ?? entry.state } : outcome;
}

/** The steps of a case that write into a registry. */
const entriesIn = (answer) =>
  [...objectsIn(answer?.data)].flatMap(({ steps }) => (Array.isArray(steps) ? steps : [])).filter(({ name }) => name === "ENTRY");

/**
 * An `outcomes` list speaks first; an error names its city in extensions; a case's entry tells whether its city wrote;
 * a record that names its source counts as one row of that city.
 */
function guessed(answer) {
  const found = new Map();
  const sources = new Map();
  for (const object of objectsIn(answer?.data)) {
    for (const outcome of Array.isArray(object.outcomes) ? object.outcomes : []) {
      found.set(slug(outcome.city), { ...outcome, city: slug(outcome.city) });
    }
    const source = slug(object.source?.city);
    if (source) sources.set(source, (sources.get(source) ?? 0) + 1);
  }
  for (const { extensions } of answer?.errors ?? []) {
    const city = slug(extensions?.city);
    if (city && !found.has(city)) found.set(city, { city, status: STATUS_OF_ERROR[extensions.code] ?? extensions.code });
  }
  for (const { city, state } of entriesIn(answer)) {
    if (!found.has(city)) found.set(city, { city, status: STATUS_OF_ENTRY[state] ?? state });
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
