// Who asks and why: the bar's form, turned into the headers of every tab.
import { signal } from "./signal.js";

const NOBODY = { name: "none", label: "nobody (no token)", token: "", purpose: "" };
const OWN = { name: "own", label: "my own token…", token: "", purpose: "" };
const FIRST = "yiwu-officer";

/** The headers as JSON text, the form in which GraphiQL edits them. */
export function headersText({ token, purpose }) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (purpose) headers["Tongban-Purpose"] = purpose;
  return Object.keys(headers).length ? JSON.stringify(headers, null, 2) : "";
}

/** The demo's personas; none where the gateway does not hand out tokens. */
export async function loadPersonas(offered) {
  if (!offered) return [];
  const response = await fetch("/playground/personas.json");
  return response.ok ? response.json() : [];
}

/** Brings the form to life and returns the headers text as a signal. */
export function callerOf(form, personas) {
  const { persona, token, purpose } = form.elements;
  const choices = [NOBODY, ...personas, OWN];
  const headers = signal("");
  const update = () => headers.set(headersText({ token: token.value.trim(), purpose: purpose.value.trim() }));
  const choose = () => {
    const chosen = choices.find(({ name }) => name === persona.value);
    form.classList.toggle("with-own-token", chosen === OWN);
    token.value = chosen.token;
    purpose.value = chosen.purpose ?? "";
    update();
  };

  persona.replaceChildren(...choices.map(({ name, label }) => new Option(label, name)));
  persona.value = personas.some(({ name }) => name === FIRST) ? FIRST : personas.length ? NOBODY.name : OWN.name;
  persona.addEventListener("change", choose);
  token.addEventListener("input", update);
  purpose.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  choose();
  return headers;
}
