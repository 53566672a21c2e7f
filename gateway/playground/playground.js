// Starts the page: GraphiQL with the story's tabs, the caller's headers in every tab, the cities asked underneath.
import { callerOf, loadPersonas } from "./caller.js";
import { CitiesAsked } from "./cities_asked.js";
import { caseNumberIn, citiesIn, withoutCities } from "./outcomes.js";
import { signal, useSignal } from "./signal.js";

const h = React.createElement;

// What the examples leave open: a fresh idempotency key and serial a visit, the case number once there is one.
const NEW_KEY = "$NEW_KEY";
const NEW_SERIAL = "$NEW_SERIAL";
const CASE_NUMBER = "$CASE_NUMBER";

const lastRun = signal(null);
const caseNumber = signal(null);
const cityNames = signal({});

async function post(request, headers) {
  const response = await fetch("/graphql", {
    method: "POST",
    body: JSON.stringify(request),
    headers: {
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json, application/json;q=0.9",
      ...headers,
    },
  });
  return response.json();
}

// For the panel: not shown among the headers, and what it brings is not shown in the answer.
const TELL_CITIES = { "Tongban-Debug": "cities" };

/** GraphiQL's fetcher: asks the gateway and remembers what the answer says about cities and cases. */
async function ask(request, { headers } = {}) {
  if (request.operationName === "IntrospectionQuery") return post(request, headers);
  const started = performance.now();
  const ended = (run) => lastRun.set({ cities: [], ...run, ms: performance.now() - started });
  try {
    const answer = await post(request, { ...TELL_CITIES, ...headers });
    ended({ cities: citiesIn(answer), told: Boolean(answer.extensions?.cities) });
    caseNumber.set(caseNumberIn(answer) ?? caseNumber.get());
    return withoutCities(answer);
  } catch (error) {
    ended({ problem: "The gateway gave no answer" });
    throw error;
  }
}

/** Inside GraphiQL: gives every tab the caller's headers, and the case number once step 4 has one. */
function Follow({ headers }) {
  const { queryEditor, headerEditor, variableEditor, activeTabIndex } = GraphiQL.React.useEditorContext({ nonNull: true });
  const text = useSignal(headers);
  const number = useSignal(caseNumber);
  React.useEffect(() => queryEditor?.setOption("lineWrapping", true), [queryEditor]);
  React.useEffect(() => {
    // GraphiQL notices only after a moment that another tab holds another operation.
    if (queryEditor) queryEditor.operationName = null;
  }, [queryEditor, activeTabIndex]);
  React.useEffect(() => {
    if (headerEditor && headerEditor.getValue() !== text) headerEditor.setValue(text);
  }, [headerEditor, activeTabIndex, text]);
  React.useEffect(() => {
    const variables = variableEditor?.getValue() ?? "";
    if (number && variables.includes(CASE_NUMBER)) variableEditor.setValue(variables.replaceAll(CASE_NUMBER, number));
  }, [variableEditor, activeTabIndex, number]);
  return null;
}

/** Nothing typed here outlives the page: headers hold tokens, queries hold citizen numbers. */
function memoryStorage() {
  const kept = new Map();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
    get length() {
      return kept.size;
    },
  };
}

/** A version 4 UUID; crypto.randomUUID is missing where the page is not served from localhost or by https. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

async function loadTabs() {
  const examples = await (await fetch(new URL("examples.json", import.meta.url))).json();
  const filled = (text) => text?.replaceAll(NEW_KEY, uuid()).replaceAll(NEW_SERIAL, `YW${Date.now()}`);
  return examples.map(({ query, variables }) => ({ query, variables: filled(variables) }));
}

async function loadCityNames() {
  const { data } = await post({ query: "{ cities { key nameZh nameEn } }" });
  cityNames.set(Object.fromEntries(data.cities.map(({ key, nameZh, nameEn }) => [key, { zh: nameZh, en: nameEn }])));
}

function Page({ headers, tabs }) {
  return h(
    GraphiQL,
    {
      fetcher: ask,
      defaultTabs: tabs,
      defaultHeaders: headers.get(),
      defaultEditorToolsVisibility: "headers",
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
      storage: STORAGE,
      onEditHeaders: (text) => document.activeElement?.closest(".graphiql-editor-tool") && headers.set(text),
      isHeadersEditorEnabled: true,
    },
    h(GraphiQL.Logo, null, h("span")),
    h(GraphiQL.Footer, null, h(Follow, { headers }), h(CitiesAsked, { lastRun, cityNames })),
  );
}

const STORAGE = memoryStorage();
const [personas, tabs] = await Promise.all([loadPersonas(document.body.dataset.personas === "on"), loadTabs()]);
const headers = callerOf(document.getElementById("caller"), personas);
ReactDOM.createRoot(document.getElementById("graphiql")).render(h(Page, { headers, tabs }));
await loadCityNames();
