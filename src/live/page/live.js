// The live page's script, for a browser: puts what the server tells in the place of what was, and says whether it does.

const element = (id) => document.getElementById(id);
const [connection, pause, log] = ["connection", "pause", "log"].map(element);
/** Milliseconds without a message after which the page says that it is not up to date. */
const SILENCE = 15_000;

/** Makes `node` like `model`, keeping what is alike, so that focus, selection and scrolled tables stay. */
function liken(node, model) {
  if (node.nodeType !== model.nodeType || node.nodeName !== model.nodeName) return void node.replaceWith(model);
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.data !== model.data) node.data = model.data;
    return;
  }
  for (const { name } of [...node.attributes]) if (!model.hasAttribute(name)) node.removeAttribute(name);
  for (const { name, value } of model.attributes) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  likenChildren(node, model);
}

function likenChildren(node, model) {
  const [own, wanted] = [[...node.childNodes], [...model.childNodes]];
  wanted.forEach((child, i) => own[i] ? liken(own[i], child) : node.append(child));
  for (const child of own.slice(wanted.length)) child.remove();
}

/** "12 s ago": what is short for whom it concerns now. */
function passed(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} days ago`;
}

function tellTimes() {
  for (const time of document.querySelectorAll("time")) {
    const text = passed(Date.now() - Date.parse(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}

/** Brings the parts that have changed to the page; the log stays at its end where it was there. */
function show(parts) {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 8;
  for (const [id, text] of Object.entries(parts)) {
    const model = document.createElement("div");
    model.innerHTML = text;
    likenChildren(element(id), model);
  }
  if (isAtEnd) log.scrollTop = log.scrollHeight;
  tellTimes();
}

function tell(text, kind) {
  if (connection.textContent !== text) connection.textContent = text;
  connection.className = `over ${kind}`;
}

let source;
let heardAt = 0;

function follow() {
  source = new EventSource("updates");
  source.onmessage = ({ data }) => {
    heardAt = Date.now();
    tell("live", "live");
    show(JSON.parse(data));
  };
  source.onerror = () => {
    const isEnd = document.querySelector("#now .done") !== null;
    const since = new Date(heardAt).toLocaleTimeString();
    tell(
      isEnd ? "the peer has ended; this is its last word" : `not connected since ${since}; trying again`,
      isEnd ? "" : "lost",
    );
    if (source.readyState === EventSource.CLOSED) again();
  };
}

/** A browser gives up where the answer is none that it likes, as of a proxy whose peer is down. */
function again() {
  source.close();
  setTimeout(() => pause.getAttribute("aria-pressed") === "true" || follow(), 5000);
}

pause.hidden = false;
pause.setAttribute("aria-pressed", "false");
pause.addEventListener("click", () => {
  const isPaused = pause.getAttribute("aria-pressed") !== "true";
  pause.setAttribute("aria-pressed", String(isPaused));
  pause.textContent = isPaused ? "Go on" : "Pause";
  source.close();
  if (isPaused) tell(`paused at ${new Date().toLocaleTimeString()}`, "");
  else follow();
});

heardAt = Date.now();
log.scrollTop = log.scrollHeight;
tellTimes();
setInterval(tellTimes, 5000);
setInterval(() => {
  if (source.readyState === EventSource.OPEN && Date.now() - heardAt > SILENCE) {
    tell(`nothing heard since ${new Date(heardAt).toLocaleTimeString()}`, "lost");
  }
}, 5000);
follow();
