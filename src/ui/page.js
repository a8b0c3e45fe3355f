// The page of a counterpart mock: asks the control API beside it, shows what it says. Everything that comes from
// there is put in as text, never as markup.
"use strict";

const PAUSE = 1000; // milliseconds between two questions for new requests
const ROWS_MAX = 500; // rows of the journal that are kept
const ENTITIES_MAX = 200; // entities of a resource that are shown
const COLUMNS_MAX = 8;
const GENERAL_FAULTS = ["status", "reset", "truncate", "slow", "garbage"];

// The control API's token, where there is one: it stands behind the `#` of the page's address, which goes nowhere.
const token = new URLSearchParams(location.hash.slice(1)).get("token");

const by = (id) => document.getElementById(id);
const seen = { last: 0, rows: 0, resource: null, wait: PAUSE };

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = String(text);
  if (className) made.className = className;
  return made;
}

function button(text, act) {
  const made = element("button", text);
  made.type = "button";
  made.addEventListener("click", () => attempt(act));
  return made;
}

// Asks the control API; a refusal is thrown with what it says.
async function ask(method, path, value) {
  const init = { method, cache: "no-store", headers: {} };
  if (token) init.headers.authorization = `Bearer ${token}`;
  if (value !== undefined) {
    init.headers["content-type"] = "application/json";
    init.body = JSON.stringify(value);
  }
  const answer = await fetch(path, init);
  const text = await answer.text();
  if (!answer.ok) {
    let detail = text;
    try { detail = JSON.parse(text).detail || text; } catch { /* not every refusal is JSON */ }
    throw new Error(detail || `${method} ${path}: status ${answer.status}`);
  }
  return (answer.headers.get("content-type") || "").includes("json") ? JSON.parse(text) : text;
}

function complain(text) {
  by("trouble").textContent = text;
  by("trouble").hidden = !text;
}

async function attempt(act) {
  try {
    await act();
    complain("");
  } catch (error) {
    complain(error.message);
  }
}

function short(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 120 ? text.slice(0, 119) + "…" : text;
}

async function about() {
  const health = await ask("GET", "health");
  const { title, version } = health.contract;
  by("title").textContent = `${title} ${version}`;
  document.title = `${title} – counterpart`;
  by("about").textContent = `${health.operations} operation${health.operations === 1 ? "" : "s"}, mocked by counterpart`;
  const counts = entityCounts(await ask("GET", "metrics"));
  const buttons = health.resources.map((name) => {
    const count = counts.get(name);
    const made = button(count === undefined ? name : `${name} (${count})`, () => choose(name));
    made.setAttribute("aria-pressed", String(name === seen.resource));
    return made;
  });
  by("resources").replaceChildren(...buttons);
  if (!health.resources.length) by("resource-note").textContent = "No resource of this contract has state.";
}

// `counterpart_entities{resource="pets"} 3` of the metrics.
function entityCounts(text) {
  const counts = new Map();
  for (const line of text.split("\n")) {
    const found = /^counterpart_entities\{resource="(.*)"\} (\d+)$/.exec(line);
    if (found) counts.set(found[1].replace(/\\(.)/g, "$1"), Number(found[2]));
  }
  return counts;
}

async function choose(name) {
  seen.resource = name;
  await Promise.all([entities(), about()]);
}

async function entities() {
  if (seen.resource === null) return;
  const state = await ask("GET", `state?resource=${encodeURIComponent(seen.resource)}`);
  by("time").textContent = state.time;
  const { live, deleted } = state.resources[seen.resource] || { live: [], deleted: [] };
  const all = [...live.map((value) => [value, false]), ...deleted.map((value) => [value, true])];
  by("resource-note").textContent = `${live.length} live, ${deleted.length} deleted` +
    (all.length > ENTITIES_MAX ? `; the first ${ENTITIES_MAX} are shown` : "");
  const shown = all.slice(0, ENTITIES_MAX);
  const names = [...new Set(shown.flatMap(([value]) => Object.keys(value)))].slice(0, COLUMNS_MAX);
  const head = element("tr");
  head.append(...names.map((name) => element("th", name)));
  const rows = shown.map(([value, gone]) => {
    const row = element("tr", undefined, gone ? "entry gone" : "entry");
    row.append(...names.map((name) => element("td", name in value ? short(value[name]) : "")));
    unfolds(row, names.length, () => JSON.stringify(value, null, 2));
    return row;
  });
  by("entities").replaceChildren(...(shown.length ? [head, ...rows] : []));
}

// Shows a text below a row when it is clicked.
function unfolds(row, columns, text) {
  const toggle = () => {
    const next = row.nextElementSibling;
    if (next && next.classList.contains("more")) {
      next.remove();
      return;
    }
    const more = element("tr", undefined, "more");
    const cell = element("td");
    cell.colSpan = Math.max(columns, 1);
    cell.append(element("pre", text()));
    more.append(cell);
    row.after(more);
  };
  row.tabIndex = 0;
  row.addEventListener("click", toggle);
  row.addEventListener("keydown", (event) => { if (event.key === "Enter") toggle(); });
}

function body(value) {
  if (value === undefined) return [];
  return ["", typeof value === "string" ? value : JSON.stringify(value, null, 2)];
}

function broken(breaches, who) {
  return (breaches || []).map((one) => {
    const name = one.name === undefined ? "" : ` ${one.name}`;
    return `✗ the ${who} breaks the contract: ${one.part}${name} ${one.pointer}: ${one.message} (${one.contract})`;
  });
}

function details(request) {
  const lines = [`${request.method} ${request.path}${request.query === undefined ? "" : "?" + request.query}`];
  for (const [name, value] of Object.entries(request.headers)) lines.push(`${name}: ${value}`);
  lines.push(...body(request.body), ...broken(request.breaches, "request"));
  const answer = request.answer;
  lines.push("", `→ ${request.status || "no answer"}, made in ${answer.took_ms} ms` +
    (answer.delay_ms ? `, kept waiting for ${answer.delay_ms} ms` : "") +
    (answer.fault === undefined ? "" : `, fault: ${answer.fault}`) +
    (answer.expectation === undefined ? "" : `, expectation: ${answer.expectation}`));
  for (const [name, value] of Object.entries(answer.headers)) lines.push(`${name}: ${value}`);
  lines.push(...body(answer.body), ...broken(answer.breaches, "answer"));
  return lines.join("\n");
}

function matches(row, wanted) {
  return row.dataset.words.includes(wanted);
}

function entry(request) {
  const row = element("tr", undefined, "entry");
  row.append(
    element("td", request.number),
    element("td", request.time),
    element("td", request.method),
    element("td", request.path, "path"),
    element("td", request.status || "none", `s${String(request.status)[0]}`),
    element("td", request.operation || ""),
    element("td", request.valid === false ? "✗ breaks the contract" : "", "s4"),
  );
  const verdict = request.valid === false ? "✗ breaks the contract" : "";
  row.dataset.words =
    `${request.method} ${request.path} ${request.status} ${request.operation || ""} ${verdict}`.toLowerCase();
  row.hidden = !matches(row, by("filter").value.trim().toLowerCase());
  unfolds(row, 7, () => details(request));
  return row;
}

async function journal() {
  const found = await ask("GET", `requests?since=${seen.last}&limit=${ROWS_MAX}`);
  const list = by("journal");
  for (const request of found.requests) {
    list.prepend(entry(request));
    seen.last = Math.max(seen.last, request.number);
  }
  const rows = [...list.querySelectorAll("tr.entry")];
  for (const row of rows.slice(ROWS_MAX)) {
    if (row.nextElementSibling && row.nextElementSibling.classList.contains("more")) row.nextElementSibling.remove();
    row.remove();
  }
  seen.rows = Math.min(rows.length, ROWS_MAX);
  by("count").textContent = seen.rows ? `${seen.rows} shown, newest first` : "Nothing has come yet.";
  if (found.requests.length) {
    by("time").textContent = found.requests[found.requests.length - 1].time;
    await Promise.all([about(), faults(), entities()]);
  }
}

function faultText(fault) {
  const parts = [fault.kind];
  if (fault.status !== undefined) parts.push(`with status ${fault.status}`);
  parts.push(`at rate ${fault.rate}`);
  if (fault.operation !== undefined) parts.push(`for ${fault.operation}`);
  if (fault.times !== undefined) parts.push(`${fault.times} more times`);
  return parts.join(", ");
}

async function faults() {
  const { faults: all } = await ask("GET", "faults");
  const items = all.map((fault) => {
    const item = element("li", faultText(fault));
    const off = `faults?kind=${encodeURIComponent(fault.kind)}`;
    item.append(button(`${fault.kind} off`, async () => { await ask("DELETE", off); await faults(); }));
    return item;
  });
  by("faults").replaceChildren(...(items.length ? items : [element("li", "None is switched on.", "faint")]));
  by("faults-off").hidden = !items.length;
}

async function switchOn() {
  const fault = { kind: by("fault-kind").value.trim(), rate: Number(by("fault-rate").value) };
  if (by("fault-times").value) fault.times = Number(by("fault-times").value);
  if (by("fault-operation").value.trim()) fault.operation = by("fault-operation").value.trim();
  await ask("POST", "faults", fault);
  await faults();
}

async function choices() {
  by("fault-kinds").replaceChildren(...GENERAL_FAULTS.map((kind) => Object.assign(element("option"), { value: kind })));
  const contract = await ask("GET", "contract");
  const ids = Object.values(contract.paths || {})
    .flatMap((item) => Object.values(item || {}))
    .map((operation) => operation && operation.operationId)
    .filter((id) => typeof id === "string");
  by("operations").replaceChildren(...ids.map((id) => Object.assign(element("option"), { value: id })));
}

function clear() {
  by("journal").replaceChildren();
}

async function advance(seconds) {
  const { time } = await ask("POST", "clock", { advance: seconds });
  by("time").textContent = time;
  await entities();
}

async function follow() {
  if (!document.hidden && !by("pause").checked) {
    try {
      await journal();
      if (seen.wait > PAUSE) complain("");
      seen.wait = PAUSE;
    } catch {
      complain("The mock does not answer; it is asked again.");
      seen.wait = Math.min(seen.wait * 2, 30 * PAUSE);
    }
  }
  setTimeout(follow, seen.wait);
}

function listen() {
  const on = (id, event, act) => by(id).addEventListener(event, act);
  on("reset", "click", () => attempt(async () => {
    await ask("POST", "reset");
    clear();
    const { time } = await ask("GET", "state?resource=" + encodeURIComponent(seen.resource || "")).catch(() => ({}));
    if (time) by("time").textContent = time;
    await Promise.all([about(), entities(), faults()]);
  }));
  on("minute", "click", () => attempt(() => advance(60)));
  on("day", "click", () => attempt(() => advance(86400)));
  on("forget", "click", () => attempt(async () => { await ask("DELETE", "requests"); clear(); }));
  on("faults-off", "click", () => attempt(async () => { await ask("DELETE", "faults"); await faults(); }));
  on("fault-form", "submit", (event) => { event.preventDefault(); attempt(switchOn); });
  on("filter", "input", () => {
    const wanted = by("filter").value.trim().toLowerCase();
    for (const row of by("journal").querySelectorAll("tr.entry")) row.hidden = !matches(row, wanted);
  });
}

listen();
attempt(() => Promise.all([about(), faults(), choices()]));
follow();
