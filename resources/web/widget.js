/* The chat with us: one script, no dependency.
 *
 *   <script src="https://CENTRE/chat/widget.js" data-site="demo" async></script>
 *
 * Further attributes: data-name (the visitor's name, if the page knows it), data-theme (light or dark;
 * else the visitor's own), data-dir (ltr or rtl; else the page's).  A link to #chat opens the chat.
 *
 * Rules of this file: every text is put in as text (textContent), never as markup; styles go in by a
 * constructed sheet, so that the page needs no 'unsafe-inline'; a message is kept in the visitor's
 * browser until the centre has acknowledged it.  The protocol is described in
 * agent_desktop/server/channels/webchat/protocol.py.
 */
(() => {
  "use strict";

  const script = document.currentScript;
  const site = (script && script.dataset.site) || "demo";
  const source = new URL((script && script.src) || location.href);
  const options = script ? { ...script.dataset } : {};
  const prefix = `agent-desktop-chat/${source.host}/${site}/`;

  const TEXT_CHARS = 4000;
  const PING_MS = 25000;
  const PONG_MS = 10000;
  const RETRY_FIRST_MS = 500;
  const RETRY_LAST_MS = 30000;
  const TYPING_EVERY_MS = 3000;
  const TYPING_STOPS_MS = 5000;
  const TYPING_SHOWN_MS = 10000;
  const HERE_MS = 15 * 60000;
  const CLOSED_BY_RULE = 1008;
  const NOT_READ = [1007, 1009];

  /* What is kept in the visitor's browser.  Where storage is refused, memory has to do. */

  const memory = new Map();
  const kept = {
    get(key) {
      try {
        return localStorage.getItem(prefix + key);
      } catch {
        return memory.has(key) ? memory.get(key) : null;
      }
    },
    set(key, value) {
      try {
        localStorage.setItem(prefix + key, value);
      } catch {
        memory.set(key, value);
      }
    },
    remove(key) {
      try {
        localStorage.removeItem(prefix + key);
      } catch {
        memory.delete(key);
      }
    },
    keys(start) {
      try {
        const all = [];
        for (let n = 0; n < localStorage.length; n += 1) all.push(localStorage.key(n));
        return all.filter((key) => key.startsWith(prefix + start)).map((key) => key.slice(prefix.length));
      } catch {
        return [...memory.keys()].filter((key) => key.startsWith(start));
      }
    },
  };

  function newId() {
    // crypto.randomUUID is missing on pages without TLS.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /* State.  Nothing here is shown in hope: a pending message says that it is being sent. */

  const state = {
    open: false,
    link: "idle", // idle, connecting, open, lost
    retryAt: 0,
    epoch: "",
    last: 0,
    read: 0,
    title: "Chat with us",
    greeting: "",
    queue: null,
    agent: "",
    agentAt: 0, // when the agent was last known to be here
    joinedAfter: 0, // the sequence after which the agent joined
    agentTyping: false,
    messages: new Map(), // by id: {seq, id, from, text, at, name, client}
    pending: [], // {client, text, at, failed}
    unseen: 0,
    ended: kept.get("ended") === "1",
    leaving: false,
  };

  function loadPending() {
    for (const key of kept.keys("out/")) {
      try {
        const item = JSON.parse(kept.get(key));
        const known = state.pending.some((one) => one.client === item.client);
        if (!known && typeof item.text === "string") state.pending.push(item);
      } catch {
        kept.remove(key);
      }
    }
    state.pending.sort((a, b) => a.at - b.at);
  }

  /* The link. */

  let socket = null;
  let retryMs = RETRY_FIRST_MS;
  let retryTimer = 0;
  let pingTimer = 0;
  let pongTimer = 0;
  let pings = 0;
  let inFlight = "";
  let sendTimer = 0;

  function connect() {
    clearTimeout(retryTimer);
    if (socket || state.ended) return;
    state.link = "connecting";
    const scheme = source.protocol === "https:" ? "wss:" : "ws:";
    const opened = new WebSocket(`${scheme}//${source.host}/ws/chat?site=${encodeURIComponent(site)}`);
    socket = opened;
    opened.addEventListener("open", () => {
      tell({
        type: "hello",
        v: 1,
        token: kept.get("token") || "",
        epoch: state.epoch,
        last: state.last,
        name: wellFormed((options.name || "").slice(0, 80)),
        open: visible(),
      });
    });
    opened.addEventListener("message", (event) => {
      if (socket !== opened || typeof event.data !== "string") return;
      let frame = null;
      try {
        frame = JSON.parse(event.data);
      } catch {
        return;
      }
      const act = frame && Object.hasOwn(acts, frame.type) ? acts[frame.type] : null;
      if (act) act(frame);
    });
    opened.addEventListener("close", (event) => {
      if (socket === opened) lost(event.code);
    });
    render();
  }

  function tell(frame) {
    if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  }

  function drop() {
    const old = socket;
    socket = null;
    if (old) old.close();
  }

  function lost(code) {
    socket = null;
    if (NOT_READ.includes(code)) fail(inFlight, "the centre could not read it");
    inFlight = "";
    clearTimeout(sendTimer);
    clearInterval(pingTimer);
    clearTimeout(pongTimer);
    state.agentTyping = false;
    if (state.ended) {
      state.link = "idle";
      render();
      return;
    }
    if (code === CLOSED_BY_RULE) retryMs = RETRY_LAST_MS;
    const wait = retryMs * (0.75 + Math.random() / 2);
    retryMs = Math.min(retryMs * 2, RETRY_LAST_MS);
    state.link = "lost";
    state.retryAt = Date.now() + wait;
    retryTimer = setTimeout(connect, wait);
    render();
  }

  function ping() {
    pings += 1;
    tell({ type: "ping", n: pings });
    clearTimeout(pongTimer);
    pongTimer = setTimeout(() => {
      drop();
      lost(0);
    }, PONG_MS);
  }

  const acts = {
    welcome(frame) {
      const stranger = frame.token !== kept.get("token");
      kept.set("token", frame.token);
      retryMs = RETRY_FIRST_MS;
      state.link = "open";
      if (frame.reset) {
        // Another numbering of the same messages: they stay on the screen, the numbers go.
        if (stranger) state.messages.clear();
        for (const one of state.messages.values()) one.seq = 0;
        state.last = 0;
      }
      state.epoch = frame.epoch;
      state.read = frame.read;
      state.title = frame.title;
      state.greeting = frame.greeting;
      state.queue = frame.queue;
      state.agent = frame.agent;
      state.joinedAfter = frame.last;
      clearInterval(pingTimer);
      pingTimer = setInterval(ping, PING_MS);
      pump();
      render();
    },
    message(frame) {
      const fresh = !state.messages.has(frame.id);
      state.messages.set(frame.id, frame);
      state.last = Math.max(state.last, frame.seq);
      if (frame.client) settle(frame.client);
      if (frame.from === "agent") {
        state.agent = frame.name || state.agent;
        state.agentTyping = false;
        const news = fresh && frame.at > Number(kept.get("seen") || 0);
        if (Date.now() - frame.at * 1000 < HERE_MS) state.agentAt = frame.at * 1000;
        if (news && !visible()) state.unseen += 1;
      }
      confirmSoon();
      render();
    },
    ack(frame) {
      settle(frame.client);
      pump();
      render();
    },
    refused(frame) {
      inFlight = "";
      clearTimeout(sendTimer);
      const item = state.pending.find((one) => one.client === frame.client);
      if (item && frame.retry_ms > 0) {
        item.note = frame.text;
        sendTimer = setTimeout(pump, frame.retry_ms);
      } else {
        fail(frame.client, frame.text); // or it came with the transcript meanwhile
        pump();
      }
      render();
    },
    typing(frame) {
      state.agentTyping = frame.on;
      state.agentAt = Date.now();
      state.agent = frame.name || state.agent;
      clearTimeout(acts.typing.timer);
      acts.typing.timer = setTimeout(() => {
        state.agentTyping = false;
        render();
      }, TYPING_SHOWN_MS);
      render();
    },
    agent(frame) {
      state.agent = frame.name;
      state.agentAt = Date.now();
      state.joinedAfter = state.last;
      render();
    },
    read(frame) {
      state.read = Math.max(state.read, frame.seq);
      render();
    },
    queue(frame) {
      state.queue = frame;
      render();
    },
    left() {
      state.leaving = false;
      state.ended = true;
      kept.set("ended", "1");
      kept.remove("leaving");
      render();
      if (state.open) ui.again.focus();
    },
    pong() {
      clearTimeout(pongTimer);
    },
  };

  /* Messages of the visitor: one at a time and in order, until acknowledged. */

  function wellFormed(text) {
    // Half an emoji cannot be sent: it becomes U+FFFD.
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text));
  }

  function say(text) {
    const item = { client: newId(), text: wellFormed(text), at: Date.now() };
    kept.set("out/" + item.client, JSON.stringify(item));
    state.pending.push(item);
    pump();
  }

  function pump() {
    if (inFlight || state.link !== "open") return;
    const item = state.pending.find((one) => !one.failed);
    if (!item) {
      if (state.leaving) tell({ type: "leave" });
      return;
    }
    inFlight = item.client;
    delete item.note;
    tell({ type: "say", client: item.client, text: item.text });
  }

  function fail(client, reason) {
    const item = state.pending.find((one) => one.client === client);
    if (!item) return;
    item.failed = reason;
    kept.remove("out/" + client);
  }

  function settle(client) {
    if (inFlight === client) inFlight = "";
    kept.remove("out/" + client);
    state.pending = state.pending.filter((one) => one.client !== client);
  }

  let confirmTimer = 0;
  function confirmSoon() {
    clearTimeout(confirmTimer);
    confirmTimer = setTimeout(() => {
      if (state.last === 0) return;
      if (visible()) {
        state.unseen = 0;
        kept.set("seen", String(Math.max(0, ...[...state.messages.values()].map((one) => one.at))));
      }
      tell({ type: "have", seq: state.last, seen: visible() });
      render();
    }, 200);
  }

  function visible() {
    return state.open && document.visibilityState === "visible";
  }

  /* Typing. */

  let typingToldAt = 0;
  let typingTimer = 0;
  function typed() {
    kept.set("draft", ui.input.value);
    clearTimeout(typingTimer);
    if (!ui.input.value.trim()) {
      stopTyping();
      return;
    }
    if (Date.now() - typingToldAt > TYPING_EVERY_MS) {
      typingToldAt = Date.now();
      tell({ type: "typing", on: true });
    }
    typingTimer = setTimeout(stopTyping, TYPING_STOPS_MS);
  }

  function stopTyping() {
    clearTimeout(typingTimer);
    if (typingToldAt) tell({ type: "typing", on: false });
    typingToldAt = 0;
  }

  /* The look: tokens of the product's design; a page may set --chat-accent and --chat-on-accent. */

  const STYLE = `
    :host {
      --background: #F4F6F9; --surface: #FFFFFF; --border: #E1E5EB; --control: #818B9A;
      --text: #1A1F27; --muted: #5A6473;
      --accent: var(--chat-accent, #2457E6); --on-accent: var(--chat-on-accent, #FFFFFF);
      --bubble-in: #E3ECFF; --bubble-out: #FFFFFF; --warning: #A85707; --warning-soft: #FDF1E0;
      --danger: #C32F27; --shadow: 0 12px 40px rgb(20 25 34 / .18);
      all: initial; position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483000;
      font: 400 max(14px, .875rem)/1.45 Inter, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
      color: var(--text); color-scheme: light;
    }
    :host([data-theme="dark"]) {
      --background: #0E1116; --surface: #161B22; --border: #2B323D; --control: #6B7686;
      --text: #E7EBF1; --muted: #9BA6B5;
      --accent: var(--chat-accent, #84A7FF); --on-accent: var(--chat-on-accent, #0E1116);
      --bubble-in: #22314F; --bubble-out: #212833; --warning: #F0AE62; --warning-soft: #36270F;
      --danger: #FF8A80; --shadow: 0 12px 40px rgb(0 0 0 / .5);
      color-scheme: dark;
    }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    button, textarea { font: inherit; color: inherit; }
    button { cursor: pointer; }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    .unseen {
      position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%);
      white-space: nowrap;
    }
    .launch {
      display: flex; align-items: center; gap: 8px; min-block-size: 48px; padding-inline: 18px; border: 0;
      border-radius: 24px; background: var(--accent); color: var(--on-accent); font-weight: 600;
      box-shadow: var(--shadow);
    }
    .launch svg { inline-size: 20px; block-size: 20px; }
    .count {
      min-inline-size: 20px; padding-inline: 6px; border-radius: 10px; background: var(--on-accent);
      color: var(--accent); font-size: .85em; font-weight: 700; text-align: center;
    }
    .panel {
      display: flex; flex-direction: column; overflow: hidden; inline-size: min(380px, calc(100vw - 40px));
      block-size: min(640px, calc(100vh - 40px)); block-size: min(640px, calc(100dvh - 40px));
      border: 1px solid var(--border); border-radius: 12px; background: var(--background);
      box-shadow: var(--shadow); animation: rise 150ms ease-out;
    }
    @keyframes rise { from { opacity: 0; transform: translateY(8px); } }
    header {
      display: flex; align-items: flex-start; gap: 4px; padding: 14px 10px 14px 18px;
      padding-inline: 18px 10px; background: var(--accent); color: var(--on-accent);
    }
    header div { flex: 1; min-inline-size: 0; }
    h2 { margin: 0; font-size: 1.08em; font-weight: 700; line-height: 1.4; overflow-wrap: anywhere; }
    header p { margin: 0; }
    header button {
      flex: none; display: grid; place-items: center; min-inline-size: 34px; min-block-size: 34px;
      padding: 0 8px; border: 1px solid transparent; border-radius: 8px; background: none;
      color: var(--on-accent);
    }
    header button:hover { border-color: currentColor; }
    header :focus-visible { outline-color: var(--on-accent); outline-offset: -2px; }
    header svg { inline-size: 20px; block-size: 20px; }
    .log {
      flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 16px; display: flex;
      flex-direction: column; gap: 10px;
    }
    .log:focus-visible { outline-offset: -2px; }
    .bubble {
      max-inline-size: 84%; padding: 8px 12px; border-radius: 12px; background: var(--bubble-in);
      align-self: flex-start;
    }
    .bubble.visitor { background: var(--bubble-out); align-self: flex-end; }
    .bubble p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
    .bubble a { color: var(--accent); }
    .meta { color: var(--muted); font-size: .82em; margin-block-start: 2px; }
    .bubble.failed .meta { color: var(--danger); }
    .notice { align-self: center; color: var(--muted); text-align: center; overflow-wrap: anywhere; }
    .state {
      margin: 0; padding: 6px 16px; background: var(--warning-soft); color: var(--warning); font-size: .92em;
    }
    form {
      display: flex; align-items: flex-end; gap: 8px; padding: 12px; border-block-start: 1px solid var(--border);
      background: var(--surface);
    }
    textarea {
      flex: 1; min-inline-size: 0; min-block-size: 38px; max-block-size: 120px; padding: 8px 12px; resize: none;
      border: 1px solid var(--control); border-radius: 10px; background: var(--background);
    }
    textarea::placeholder { color: var(--muted); opacity: 1; }
    .primary {
      min-block-size: 38px; padding-inline: 12px; border: 0; border-radius: 8px; background: var(--accent);
      color: var(--on-accent); font-weight: 600;
    }
    .primary[aria-disabled="true"] { cursor: default; }
    .over { padding: 0 16px 8px; background: var(--surface); color: var(--danger); font-size: .92em; }
    .ended { display: flex; flex-direction: column; gap: 8px; padding: 12px; background: var(--surface); }
    .ended p { margin: 0; color: var(--muted); text-align: center; }
    @media (max-width: 480px), (max-height: 420px) {
      :host([data-open]) { inset: 0; }
      .panel { inline-size: 100%; block-size: 100vh; block-size: 100dvh; border: 0; border-radius: 0; }
      textarea { font-size: 16px; }
    }
    @media (prefers-reduced-motion: reduce) { .panel { animation: none; } }
    @media (forced-colors: active) {
      .bubble, .launch, .primary, header { border: 1px solid CanvasText; }
    }
  `;

  const ICONS = {
    chat: "M3.75 3.25h12.5a1.5 1.5 0 0 1 1.5 1.5v7.5a1.5 1.5 0 0 1-1.5 1.5H9.5L5.25 17.5v-3.75h-1.5a1.5 1.5 0 0 1-1.5-1.5v-7.5a1.5 1.5 0 0 1 1.5-1.5ZM6.25 7h7.5M6.25 10h4.5",
    close: "m5 5 10 10M15 5 5 15",
  };

  /* The elements. */

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children); // strings become text nodes
    return made;
  }

  function icon(name) {
    const drawing = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(drawing, "svg");
    const path = document.createElementNS(drawing, "path");
    const look = { viewBox: "0 0 20 20", fill: "none", stroke: "currentColor", "stroke-width": "1.5" };
    for (const [key, value] of Object.entries(look)) svg.setAttribute(key, value);
    svg.setAttribute("stroke-linecap", "round");
    svg.setAttribute("stroke-linejoin", "round");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", ICONS[name]);
    svg.append(path);
    return svg;
  }

  const ui = {};
  const host = element("agent-desktop-chat");
  const root = host.attachShadow({ mode: "open" });

  function build() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];

    ui.count = element("span", { class: "count", "aria-hidden": "true" });
    ui.launch = element("button", { class: "launch", type: "button", "aria-haspopup": "dialog" });
    ui.launch.append(icon("chat"), element("span", {}, "Chat"), ui.count);

    ui.title = element("h2", { id: "title" });
    ui.status = element("p", { id: "status", role: "status" });
    ui.end = element("button", { type: "button" }, "End chat");
    ui.close = element("button", { type: "button", "aria-label": "Close the chat window" }, icon("close"));
    const header = element("header", {}, element("div", {}, ui.title, ui.status), ui.end, ui.close);

    ui.log = element("div", {
      class: "log",
      role: "log",
      "aria-live": "polite",
      "aria-relevant": "additions",
      "aria-label": "Messages",
      tabindex: "0",
    });
    ui.state = element("p", { class: "state", role: "status" });
    ui.over = element("div", { class: "over", id: "over", role: "status" });
    ui.input = element("textarea", {
      id: "text",
      rows: "1",
      placeholder: "Write a message",
      "aria-describedby": "over",
      autocomplete: "off",
      dir: "auto",
    });
    ui.send = element("button", { class: "primary", type: "submit" }, "Send");
    const label = element("label", { class: "unseen", for: "text" }, "Your message");
    ui.form = element("form", {}, label, ui.input, ui.send);
    ui.again = element("button", { class: "primary", type: "button" }, "Start a new chat");
    ui.ended = element("div", { class: "ended" }, element("p", {}, "You ended this chat."), ui.again);
    ui.panel = element("section", { class: "panel", role: "dialog", "aria-labelledby": "title" });
    ui.panel.append(header, ui.log, ui.state, ui.over, ui.form, ui.ended);

    ui.news = element("div", { class: "unseen", role: "status" });
    root.append(ui.launch, ui.panel, ui.news);

    ui.launch.addEventListener("click", () => show(true));
    ui.close.addEventListener("click", () => show(false));
    ui.end.addEventListener("click", leave);
    ui.again.addEventListener("click", startAgain);
    ui.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) {
        event.stopPropagation();
        show(false);
      }
    });
    ui.input.addEventListener("input", () => {
      typed();
      render();
    });
    ui.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      submit();
    });
    ui.form.addEventListener("submit", (event) => {
      event.preventDefault();
      submit();
    });
    ui.input.value = kept.get("draft") || "";
  }

  function submit() {
    const text = ui.input.value.trim();
    if (!text || text.length > TEXT_CHARS) return;
    ui.input.value = "";
    kept.remove("draft");
    clearTimeout(typingTimer);
    typingToldAt = 0;
    say(text);
    render();
    ui.log.scrollTop = ui.log.scrollHeight;
    ui.input.focus();
  }

  function show(open, { focus = true } = {}) {
    if (state.open === open) return;
    state.open = open;
    kept.set("open", open ? "1" : "0");
    if (open) connect();
    tell({ type: "window", open: visible() });
    confirmSoon();
    render();
    if (open) {
      ui.log.scrollTop = ui.log.scrollHeight;
      if (focus) (state.ended ? ui.again : ui.input).focus();
    } else {
      ui.launch.focus();
    }
  }

  function leave() {
    state.leaving = true;
    kept.set("leaving", "1");
    pump();
    render();
  }

  function startAgain() {
    drop();
    for (const key of kept.keys("")) if (key !== "open") kept.remove(key);
    state.messages.clear();
    Object.assign(state, { ended: false, leaving: false, epoch: "", last: 0, read: 0, pending: [], agent: "", joinedAfter: 0 });
    inFlight = "";
    retryMs = RETRY_FIRST_MS;
    connect();
    render();
    ui.input.focus();
  }

  /* Words. */

  const clock = new Intl.DateTimeFormat([], { hour: "numeric", minute: "2-digit" });
  const day = new Intl.DateTimeFormat([], { day: "numeric", month: "short" });

  function timeWords(at) {
    const date = new Date(at * 1000);
    const time = clock.format(date);
    return date.toDateString() === new Date().toDateString() ? time : `${day.format(date)}, ${time}`;
  }

  function queueWords() {
    const queue = state.queue;
    if (state.agent && Date.now() - state.agentAt < HERE_MS) return `${state.agent} is here`;
    if (!queue) return "";
    if (queue.ready === 0) {
      const waits = [...state.messages.values()].sort((a, b) => a.at - b.at).at(-1)?.from === "visitor";
      if (waits) return "Nobody is free right now. We have your message, the answer comes here.";
      return "Nobody is free right now. Leave a message, the answer comes here.";
    }
    if (queue.answers_s !== null) return `Usually answers in ${duration(queue.answers_s)}`;
    return "Somebody is here for you";
  }

  function duration(seconds) {
    if (seconds < 60) return "less than a minute";
    const minutes = Math.round(seconds / 60);
    if (minutes < 60) return minutes === 1 ? "1 minute" : `${minutes} minutes`;
    const hours = Math.round(minutes / 60);
    return hours === 1 ? "1 hour" : `${hours} hours`;
  }

  function linkWords() {
    if (state.link === "open" || state.ended || state.link === "idle") return "";
    const words = state.pending.some((one) => !one.failed) ? " Your message is kept and will be sent." : "";
    if (state.link === "connecting") return state.retryAt ? `Connecting again …${words}` : "";
    if (!navigator.onLine) return `You are offline.${words}`;
    return `The connection is lost. Trying again …${words}`;
  }

  function pendingWords(item) {
    if (item.failed) return `Not sent: ${item.failed}`;
    if (item.note) return item.note;
    return state.link === "open" ? "sending …" : "waiting for the connection";
  }

  /* Painting: rows are kept by key, so that the screen reader hears only what is new. */

  const rows = new Map();

  function render() {
    const { open, ended } = state;
    host.toggleAttribute("data-open", open);
    setHidden(ui.launch, open);
    setHidden(ui.panel, !open);
    setHidden(ui.form, ended);
    setHidden(ui.ended, !ended);
    setHidden(ui.end, ended || state.messages.size === 0);
    setHidden(ui.count, state.unseen === 0);
    ui.launch.setAttribute("aria-expanded", String(open));
    setText(ui.count, String(state.unseen));
    const news = state.unseen ? `${state.unseen} new ${state.unseen === 1 ? "message" : "messages"}` : "";
    ui.launch.setAttribute("aria-label", news ? `Chat, ${news}` : "Chat");
    setText(ui.news, !open && news ? `${news} in the chat` : "");
    setText(ui.title, state.title);
    setText(ui.status, ended ? "This chat is over" : queueWords());
    setText(ui.state, linkWords());
    setHidden(ui.state, !ui.state.textContent);
    const over = ui.input.value.trim().length - TEXT_CHARS;
    setText(ui.over, over > 0 ? `${over} characters too long to send` : "");
    setHidden(ui.over, over <= 0);
    ui.send.setAttribute("aria-disabled", String(over > 0 || !ui.input.value.trim()));
    ui.input.style.blockSize = "auto";
    ui.input.style.blockSize = `${Math.min(120, ui.input.scrollHeight + 2)}px`;
    paintLog();
  }

  function paintLog() {
    const atEnd = ui.log.scrollHeight - ui.log.scrollTop - ui.log.clientHeight < 40;
    const wanted = wantedRows();
    const keys = new Set(wanted.map((row) => row.key));
    for (const [key, row] of rows) {
      if (!keys.has(key)) {
        row.remove();
        rows.delete(key);
      }
    }
    let before = ui.log.firstChild;
    for (const want of wanted) {
      let row = rows.get(want.key);
      if (row && row.said !== want.text) {
        // What the centre kept is what is shown (it takes out control characters).
        if (row === before) before = before.nextSibling;
        row.remove();
        row = null;
      }
      if (!row) {
        row = newRow(want);
        row.said = want.text;
        rows.set(want.key, row);
      }
      row.className = want.look;
      if (row.meta) {
        setText(row.meta, want.meta || "");
        setHidden(row.meta, !want.meta);
      }
      if (row === before) before = before.nextSibling;
      else ui.log.insertBefore(row, before);
    }
    if (atEnd) ui.log.scrollTop = ui.log.scrollHeight;
  }

  function wantedRows() {
    const list = [];
    if (state.greeting) list.push({ key: "greeting", look: "bubble", who: state.title, text: state.greeting });
    const shown = [...state.messages.values()].sort((a, b) => a.at - b.at || a.seq - b.seq);
    const lastAgent = shown.findLast((one) => one.from === "agent");
    const names = new Set();
    const joined = (name) => {
      if (name && !names.has(name)) list.push({ key: `joined/${name}`, look: "notice", text: `${name} joined` });
      names.add(name);
    };
    for (const one of shown) {
      const time = timeWords(one.at);
      if (one.seq > state.joinedAfter) joined(state.agent);
      if (one.from === "notice") {
        list.push({ key: one.id, look: "notice", text: one.text });
      } else if (one.from === "agent") {
        joined(one.name);
        const typing = state.agentTyping && one === lastAgent ? " · typing …" : "";
        const meta = `${one.name ? `${one.name} · ` : ""}${time}${typing}`;
        list.push({ key: one.id, look: "bubble", who: one.name || "Agent", text: one.text, meta });
      } else {
        const meta = `${time} · ${one.seq <= state.read ? "read" : "sent"}`;
        list.push({ key: one.client || one.id, look: "bubble visitor", who: "You", text: one.text, meta });
      }
    }
    for (const item of state.pending) {
      const look = item.failed ? "bubble visitor failed" : "bubble visitor";
      list.push({ key: item.client, look, who: "You", text: item.text, meta: pendingWords(item) });
    }
    if (shown.length) joined(state.agent);
    if (state.agentTyping && shown.at(-1) !== lastAgent) {
      list.push({ key: "typing", look: "notice", text: `${state.agent || "The agent"} is typing …` });
    }
    return list;
  }

  function newRow(want) {
    // Each message has its own direction, whatever the page's.
    const row = element("div", { dir: "auto" });
    if (want.look === "notice") {
      row.append(want.text);
      return row;
    }
    const text = element("p", { dir: "auto" });
    // `dir` keeps the name out of the guess.
    text.append(element("span", { class: "unseen", dir: "ltr" }, `${want.who}: `), ...linked(want.text));
    row.meta = element("div", { class: "meta" });
    row.append(text, row.meta);
    return row;
  }

  function linked(text) {
    return text.split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/).map((part, n) => {
      if (n % 2 === 0) return part;
      return element("a", { href: part, target: "_blank", rel: "noopener noreferrer nofollow" }, part);
    });
  }

  function setText(target, text) {
    if (target.textContent !== text) target.textContent = text;
  }

  function setHidden(target, hidden) {
    if (target.hidden !== hidden) target.hidden = hidden;
  }

  /* Start. */

  function theme() {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    host.dataset.theme = options.theme || (dark ? "dark" : "light");
  }

  function start() {
    theme();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", theme);
    host.dir = options.dir || getComputedStyle(document.documentElement).direction;
    host.lang = "en";
    state.leaving = kept.get("leaving") === "1";
    loadPending();
    build();
    document.body.append(host);
    render();
    window.addEventListener("online", () => !socket && !state.ended && state.link === "lost" && connect());
    window.addEventListener("offline", render);
    document.addEventListener("visibilitychange", () => {
      tell({ type: "window", open: visible() });
      confirmSoon();
    });
    window.addEventListener("hashchange", openByLink);
    document.addEventListener("click", (event) => {
      const link = event.target instanceof Element && event.target.closest('a[href="#chat"]');
      if (link) {
        event.preventDefault();
        show(true);
      }
    });
    openByLink();
    if (kept.get("open") === "1" && !state.ended && innerWidth > 480) show(true, { focus: false });
    else if (kept.get("token") && !state.ended) connect();
  }

  function openByLink() {
    if (location.hash === "#chat") show(true);
  }

  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
