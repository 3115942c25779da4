// Keeps a run's page up to date: its state by fetching the page again when the run changed, its log by events.

import { LogView } from "./log.js";
import { localizeTimes } from "./times.js";

const refreshAtMostEvery = 1000;
const lookAgainAfter = 5000;

const views = new Map();
let refreshing = false;
let refreshWanted = false;
let logEvents = null;

function job() { return document.getElementById("job"); }

function follow() { return document.getElementById("follow")?.checked ?? false; }

// ── The log ──

function openLog() {
  const section = job();
  if (section === null) return;
  section.querySelector(".log-tools").hidden = false;
  const times = document.getElementById("show-times");
  times.checked = localStorage.getItem("log-times") === "yes";
  section.classList.toggle("with-times", times.checked);
  times.addEventListener("change", () => {
    localStorage.setItem("log-times", times.checked ? "yes" : "no");
    section.classList.toggle("with-times", times.checked);
  });
  addViews();
  showHash();
  if (section.dataset.ended === undefined) followLog(section);
}

function addViews() {
  for (const step of document.querySelectorAll("details.step")) {
    const stream = Number(step.dataset.stream);
    if (views.get(stream)?.step !== step) views.set(stream, new LogView(step, job().dataset.api));
  }
}

function followLog(section) {
  logEvents?.close();
  logEvents = new EventSource(`${section.dataset.api}/log-events?after=${encodeURIComponent(section.dataset.cursor)}`);
  logEvents.addEventListener("log", event => {
    const { stream, from_line: fromLine, lines } = JSON.parse(event.data);
    const view = views.get(stream);
    if (view === undefined) {
      refresh();
      return;
    }
    if (follow()) openOnly(view);
    view.grow(fromLine, lines, follow());
  });
  logEvents.addEventListener("end", () => {
    logEvents.close();
    refresh();
  });
}

function openOnly(view) {
  if (view.step.open || view.step.dataset.running === undefined) return;
  for (const other of views.values()) {
    if (other !== view && other.step.dataset.running === undefined) other.step.open = false;
  }
  view.step.open = true;
}

function showHash() {
  const line = /^#step-(\d+)-line-(\d+)$/.exec(location.hash);
  if (line !== null) views.get(Number(line[1]))?.show(Number(line[2]));
}

// ── The state ──

async function refresh() {
  refreshWanted = true;
  if (refreshing) return;
  refreshing = true;
  while (refreshWanted) {
    refreshWanted = false;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (answer.ok) update(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The server is not there at this moment; the next event, or the next look, tries again.
    }
    await new Promise(resolve => setTimeout(resolve, refreshAtMostEvery));
  }
  refreshing = false;
}

function update(page) {
  localizeTimes(page);
  for (const id of ["run", "jobs", "summaries", "artifacts"]) replace(document.getElementById(id), page.getElementById(id));
  const [mine, theirs] = [job(), page.getElementById("job")];
  if (mine === null || theirs === null || mine.dataset.cursor === "" || mine.dataset.api !== theirs.dataset.api) {
    // It has begun since, or another job is what matters now.
    document.querySelector(".columns").replaceChildren(...page.querySelector(".columns").childNodes);
    views.clear();
    openLog();
    return;
  }
  for (const id of ["job-title", "job-facts"]) replace(document.getElementById(id), page.getElementById(id));
  const steps = document.getElementById("steps");
  for (const item of page.getElementById("steps").children) {
    const fresh = item.querySelector("details.step");
    const known = document.getElementById(fresh.id);
    if (known === null) {
      fresh.open = false;
      steps.append(item.cloneNode(true));
      continue;
    }
    known.querySelector("summary").replaceChildren(...fresh.querySelector("summary").cloneNode(true).childNodes);
    if (fresh.dataset.running === undefined) delete known.dataset.running; else known.dataset.running = "true";
  }
  addViews();
}

function replace(old, fresh) {
  if (old === null || fresh === null || old.innerHTML === fresh.innerHTML) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  Object.assign(old.dataset, fresh.dataset);
  old.replaceChildren(...fresh.cloneNode(true).childNodes);
  if (focused !== null) old.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
}

function followRun() {
  const run = document.getElementById("run");
  if (run.dataset.ended !== undefined) return;
  const events = new EventSource(run.dataset.events);
  events.addEventListener("run", () => {
    refresh();
    if (document.getElementById("run").dataset.ended !== undefined) events.close();
  });
  events.addEventListener("error", () => {
    if (events.readyState !== EventSource.CLOSED) return;
    setTimeout(() => { refresh(); followRun(); }, lookAgainAfter);
  });
}

window.addEventListener("hashchange", showHash);
openLog();
followRun();
