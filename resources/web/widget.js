/* The chat with us: one script, no dependency.
 *
 *   <script src="https://CENTRE/chat/widget.js" data-site="demo" async></script>
 *
 * Further attributes: data-name (the visitor's name, if the page knows it; else the visitor is asked),
 * data-theme (light or dark; else the visitor's own), data-lang (en, de or fr; else the page's),
 * data-dir (ltr or rtl; else the page's), data-accent and data-on-accent (colours).  A link to #chat opens
 * the chat.  A page with a policy needs script-src, and connect-src for both https: and wss: of the centre.
 *
 * Rules of this file: every text is put in as text (textContent), never as markup; styles go in by a
 * constructed sheet, so that the page needs no 'unsafe-inline'; a message is kept in the visitor's
 * browser until the centre has acknowledged it (a file: in the page's memory).  The protocol is described in
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
  const PICTURE_TYPES = ["image/png", "image/jpeg", "image/gif"];
  const PICTURE_BYTES = 4e6;
  const PICTURE_PIXELS = 24e6;
  const PICTURE_EDGE = 220;
  const NOT_READ = [1007, 1009];

  /* The words, by language: the page's, if it is here, else English. */

  const LANGUAGES = {
    en: {
      chat: "Chat", send: "Send", end: "End chat", close: "Close the chat window", messages: "Messages",
      write: "Write a message", yours: "Your message", attach: "Attach files", drop: "Drop files to send them",
      name: "Your name (optional)", again: "Start a new chat", save: "Save this chat", ended: "You ended this chat.",
      over: "This chat is over", you: "You", agent: "Agent", joined: "{} joined", here: "{} is here",
      typing: "{} is typing …", types: "typing …", the_agent: "The agent", read: "read", sent: "sent",
      sending: "sending …", waiting: "waiting for the connection", not_sent: "Not sent: {}",
      one_new: "1 new message", many_new: "{} new messages", news: "{} in the chat",
      have_it: "Nobody is free right now. We have your message, the answer comes here.",
      nobody: "Nobody is free right now. Leave a message, the answer comes here.",
      in_line: "Waiting for an answer: {}", usually: "Usually answers in {}", somebody: "Somebody is here for you",
      moment: "less than a minute", minute: "1 minute", minutes: "{} minutes", hour: "1 hour", hours: "{} hours",
      kept: "Your message is kept and will be sent.", connecting: "Connecting again …", offline: "You are offline.",
      lost: "The connection is lost. Trying again …", long: "{} characters too long to send",
      unread: "the centre could not read it", too_large: "a file has at most {} MB", empty: "it is empty",
      too_fast: "Many at once: one moment.", not_saved: "Not saved yet.", too_long: "it is too long",
      mail: "Your e-mail, for an answer by mail (optional)", bad_mail: "This is not an e-mail address.",
      written: "sent · the answer goes to {}",
      fetch: "Download {}", refused: "can run programs and is not handed out", gone: "The file could not be fetched.",
    },
    de: {
      chat: "Chat", send: "Senden", end: "Chat beenden", close: "Chatfenster schließen", messages: "Nachrichten",
      write: "Nachricht schreiben", yours: "Ihre Nachricht", attach: "Dateien anhängen",
      drop: "Dateien hier ablegen", name: "Ihr Name (freiwillig)", again: "Neuen Chat beginnen", save: "Diesen Chat speichern",
      ended: "Sie haben diesen Chat beendet.", over: "Dieser Chat ist beendet", you: "Sie", agent: "Mitarbeiter",
      joined: "{} ist dazugekommen", here: "{} ist da", typing: "{} schreibt …", types: "schreibt …",
      the_agent: "Unser Mitarbeiter", read: "gelesen", sent: "gesendet", sending: "wird gesendet …",
      waiting: "wartet auf die Verbindung", not_sent: "Nicht gesendet: {}", one_new: "1 neue Nachricht",
      many_new: "{} neue Nachrichten", news: "{} im Chat",
      have_it: "Gerade ist niemand frei. Wir haben Ihre Nachricht, die Antwort kommt hier.",
      nobody: "Gerade ist niemand frei. Schreiben Sie uns, die Antwort kommt hier.",
      in_line: "Auf eine Antwort warten: {}", usually: "Antwortet meist in {}", somebody: "Wir sind für Sie da",
      moment: "weniger als einer Minute", minute: "1 Minute", minutes: "{} Minuten", hour: "1 Stunde",
      hours: "{} Stunden", kept: "Ihre Nachricht ist aufgehoben und wird gesendet.",
      connecting: "Neue Verbindung …", offline: "Sie sind offline.",
      lost: "Die Verbindung ist unterbrochen. Neuer Versuch …", long: "{} Zeichen zu lang",
      unread: "sie war nicht lesbar", too_large: "eine Datei hat höchstens {} MB", empty: "sie ist leer",
      too_fast: "Sehr viele auf einmal: einen Moment.", not_saved: "Noch nicht gespeichert.",
      too_long: "sie ist zu lang", mail: "Ihre E-Mail-Adresse, für eine Antwort per Mail (freiwillig)",
      bad_mail: "Das ist keine E-Mail-Adresse.", written: "gesendet · die Antwort geht an {}", fetch: "{} herunterladen",
      refused: "kann Programme starten und wird nicht ausgegeben", gone: "Die Datei war nicht zu holen.",
    },
    fr: {
      chat: "Chat", send: "Envoyer", end: "Terminer", close: "Fermer la fenêtre du chat", messages: "Messages",
      write: "Écrire un message", yours: "Votre message", attach: "Joindre des fichiers",
      drop: "Déposez vos fichiers ici", name: "Votre nom (facultatif)", again: "Nouvelle conversation", save: "Enregistrer la conversation",
      ended: "Vous avez terminé cette conversation.", over: "La conversation est terminée", you: "Vous",
      agent: "Conseiller", joined: "{} a rejoint le chat", here: "{} est là", typing: "{} écrit …",
      types: "écrit …", the_agent: "Notre conseiller", read: "lu", sent: "envoyé", sending: "envoi …",
      waiting: "en attente de connexion", not_sent: "Non envoyé : {}", one_new: "1 nouveau message",
      many_new: "{} nouveaux messages", news: "{} dans le chat",
      have_it: "Personne n’est libre. Nous avons votre message, la réponse viendra ici.",
      nobody: "Personne n’est libre. Laissez un message, la réponse viendra ici.",
      in_line: "En attente d’une réponse : {}", usually: "Répond en général en {}",
      somebody: "Nous sommes là pour vous", moment: "moins d’une minute", minute: "1 minute",
      minutes: "{} minutes", hour: "1 heure", hours: "{} heures",
      kept: "Votre message est gardé et sera envoyé.", connecting: "Nouvelle connexion …",
      offline: "Vous êtes hors ligne.", lost: "La connexion est perdue. Nouvel essai …",
      long: "{} caractères de trop", unread: "il était illisible", too_large: "{} Mo au plus par fichier",
      empty: "il est vide", too_fast: "Beaucoup à la fois : un instant.", not_saved: "Pas encore enregistré.",
      too_long: "il est trop long", mail: "Votre e-mail, pour une réponse par mail (facultatif)",
      bad_mail: "Ce n’est pas une adresse e-mail.", written: "envoyé · la réponse ira à {}", fetch: "Télécharger {}",
      refused: "peut lancer des programmes et n’est pas remis", gone: "Le fichier n’a pas pu être chargé.",
    },
  };
  const wished = (options.lang || document.documentElement.lang || "en").toLowerCase().split("-")[0];
  const language = Object.hasOwn(LANGUAGES, wished) ? wished : "en";
  const words = LANGUAGES[language];

  function filled(key, value) {
    return words[key].replace("{}", () => value);
  }

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
    title: words.chat,
    greeting: "",
    fileBytes: 0,
    letters: false, // while nobody is free, an answer by mail can be asked for
    written: [], // {client, mail, at}: letters that arrived
    queue: null,
    agent: "",
    agentAt: 0, // when the agent was last known to be here
    joinedAfter: 0, // the sequence after which the agent joined
    agentTyping: false,
    messages: new Map(), // by id: {seq, id, from, text, at, name, client, files}
    pending: [], // {client, text, at, file, failed}
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

  function loadWritten() {
    try {
      const all = JSON.parse(kept.get("written") || "[]");
      state.written = all.filter((one) => typeof one.text === "string" && typeof one.mail === "string").slice(-20);
    } catch {
      kept.remove("written");
    }
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
  let handing = null; // the file under way

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
        name: visitorName(),
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

  function visitorName() {
    return wellFormed((options.name || kept.get("name") || "").slice(0, 80));
  }

  function drop() {
    const old = socket;
    socket = null;
    if (old) old.close();
  }

  function lost(code) {
    socket = null;
    if (NOT_READ.includes(code)) fail(inFlight, words.unread);
    inFlight = "";
    handing?.abort();
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
      state.fileBytes = frame.file_bytes || 0;
      state.letters = frame.letters === true;
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
      const letter = state.pending.find((one) => one.client === frame.client && one.mail);
      if (letter) {
        state.written.push({ client: letter.client, mail: letter.mail, text: letter.text, at: frame.at });
        kept.set("written", JSON.stringify(state.written));
      }
      settle(frame.client);
      pump();
      render();
    },
    refused(frame) {
      inFlight = "";
      clearTimeout(sendTimer);
      const item = state.pending.find((one) => one.client === frame.client);
      if (item && frame.retry_ms > 0) {
        item.note = words[frame.reason] || frame.text;
        sendTimer = setTimeout(pump, frame.retry_ms);
      } else {
        fail(frame.client, reasonWords(frame)); // or it came with the transcript meanwhile
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

  function say(text, mail = "") {
    const item = { client: newId(), text: wellFormed(text), at: Date.now() };
    if (mail) Object.assign(item, { mail, name: visitorName() });
    kept.set("out/" + item.client, JSON.stringify(item));
    state.pending.push(item);
    pump();
  }

  function reasonWords(frame) {
    if (frame.reason === "too_large") return filled("too_large", Math.floor(state.fileBytes / 1e6));
    return Object.hasOwn(words, frame.reason) ? words[frame.reason] : frame.text;
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
    if (item.file) handIn(item);
    else if (item.mail) {
      tell({ type: "letter", client: item.client, text: item.text, mail: item.mail, name: item.name });
    }
    else tell({ type: "say", client: item.client, text: item.text, name: visitorName() });
  }

  /* Files: over HTTP, because a frame is small; the token goes in a header, never in an address. */

  const filesUrl = (key) => `${source.origin}/chat/files${key}?site=${encodeURIComponent(site)}`;
  const bearer = () => `Bearer ${kept.get("token") || ""}`;

  function attach(files) {
    for (const file of files) {
      const name = wellFormed(file.name || "file").slice(0, 200);
      const item = { client: newId(), text: "", at: Date.now(), file, name };
      if (!file.size) item.failed = words.empty;
      if (state.fileBytes && file.size > state.fileBytes) item.failed = reasonWords({ reason: "too_large" });
      state.pending.push(item);
    }
    pump();
    render();
    ui.log.scrollTop = ui.log.scrollHeight;
  }

  async function handIn(item) {
    const mine = new AbortController();
    handing = mine;
    try {
      const answer = await fetch(filesUrl(""), {
        method: "POST",
        body: item.file,
        credentials: "omit",
        referrerPolicy: "no-referrer",
        signal: mine.signal,
        headers: {
          Authorization: bearer(),
          "Content-Type": item.file.type || "application/octet-stream",
          "X-Chat-Client": item.client,
          "X-File-Name": encodeURIComponent(item.name),
        },
      });
      const said = await answer.json();
      if (said.type === "ack") acts.ack(said);
      else acts.refused({ ...said, client: item.client });
    } catch {
      // Cut off: the connection's return tries again; or only this request failed: soon.
      if (mine.signal.aborted || inFlight !== item.client) return;
      acts.refused({ client: item.client, reason: "not_saved", text: words.not_saved, retry_ms: 5000 });
    }
  }

  async function bytesOf(file) {
    const headers = { Authorization: bearer() };
    const answer = await fetch(filesUrl(`/${file.id}`), { headers, credentials: "omit", referrerPolicy: "no-referrer" });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.arrayBuffer();
  }

  function handOver(name, data) {
    const url = URL.createObjectURL(new Blob([data], { type: "application/octet-stream" }));
    element("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  function saveAll() {
    const whole = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
    const lines = [...state.messages.values()].sort((a, b) => a.at - b.at || a.seq - b.seq).map((one) => {
      const who = { visitor: words.you, agent: one.name || words.agent }[one.from] || state.title;
      const said = [one.text, ...(one.files || []).map((file) => `[${file.name}]`)].filter(Boolean).join(" ");
      return `${whole.format(new Date(one.at * 1000))}  ${who}: ${said}`;
    });
    handOver("chat.txt", `${state.title}\r\n\r\n${lines.join("\r\n")}\r\n`);
  }

  async function download(file, note) {
    try {
      handOver(file.name, await bytesOf(file));
      setText(note, "");
    } catch {
      setText(note, words.gone);
    }
  }

  function pixels(data) {
    // What a picture says of its size before anything is decoded; unknown is too many.
    const view = new DataView(data);
    try {
      if (view.getUint32(0) === 0x89504e47) return view.getUint32(16) * view.getUint32(20);
      if (view.getUint32(0) === 0x47494638) return view.getUint16(6, true) * view.getUint16(8, true);
      if (view.getUint16(0) !== 0xffd8) return Infinity;
      for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
        const mark = view.getUint8(at + 1);
        const frame = mark >= 0xc0 && mark <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(mark);
        if (frame) return view.getUint16(at + 5) * view.getUint16(at + 7);
      }
    } catch {
      return Infinity;
    }
  }

  async function thumbnail(file, place) {
    // Painted on a canvas: no address, nothing that runs, and the page's img-src has no say.
    if (!PICTURE_TYPES.includes(file.kind) || file.size > PICTURE_BYTES) return;
    try {
      const data = await bytesOf(file);
      if (!(pixels(data) <= PICTURE_PIXELS)) return;
      const picture = await createImageBitmap(new Blob([data], { type: file.kind }));
      const fine = Math.min(3, window.devicePixelRatio || 1);
      const scale = Math.min(1, (PICTURE_EDGE * fine) / Math.max(picture.width, picture.height));
      const canvas = element("canvas", { "aria-hidden": "true" });
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      canvas.style.inlineSize = `${canvas.width / fine}px`;
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const atEnd = nearEnd();
      place.prepend(canvas);
      if (atEnd) ui.log.scrollTop = ui.log.scrollHeight;
    } catch {
      // No picture, or not to be had now: the name and size stand there.
    }
  }

  const units = ["B", "kB", "MB", "GB"];
  function sizeWords(size) {
    const step = Math.min(3, Math.floor(Math.log10(Math.max(1, size)) / 3));
    const shown = new Intl.NumberFormat(language, { maximumFractionDigits: step > 1 ? 1 : 0 });
    return `${shown.format(size / 1000 ** step)} ${units[step]}`;
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
    button, textarea, input { font: inherit; color: inherit; }
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
      flex: none; display: grid; place-items: center; min-inline-size: 44px; min-block-size: 44px;
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
      display: flex; flex-wrap: wrap; align-items: flex-end; gap: 8px; padding: 12px; border-block-start: 1px solid var(--border);
      background: var(--surface); flex: none; max-block-size: 70%; overflow-y: auto;
    }
    form .attach {
      flex: none; display: grid; place-items: center; inline-size: 44px; block-size: 44px; padding: 0;
      border: 1px solid transparent; border-radius: 8px; background: none; color: var(--muted);
    }
    form .attach:hover { border-color: var(--control); }
    form .attach svg { inline-size: 20px; block-size: 20px; }
    .name { flex: 1 0 100%; }
    .name input {
      inline-size: 100%; min-block-size: 44px; padding: 8px 12px; border: 1px solid var(--control);
      border-radius: 10px; background: var(--background);
    }
    .name label { display: block; margin-block-end: 4px; color: var(--muted); font-size: .92em; }
    [aria-invalid="true"] { border-color: var(--danger) !important; border-width: 2px !important; }
    .file {
      display: flex; flex-wrap: wrap; gap: 0 8px; align-items: center; min-block-size: 44px; inline-size: 100%;
      margin-block: 2px; padding: 6px 10px; border: 1px solid var(--control); border-radius: 8px;
      background: var(--surface); text-align: start; overflow-wrap: anywhere;
    }
    button.file { color: var(--accent); font-weight: 600; }
    .file span { min-inline-size: 0; }
    .file small, .trouble { color: var(--muted); font-weight: 400; font-size: .82em; }
    .trouble { color: var(--danger); }
    canvas { display: block; max-inline-size: 100%; margin-block: 2px 6px; border-radius: 8px; }
    .dropping .log { outline: 2px dashed var(--accent); outline-offset: -6px; }
    textarea {
      flex: 1; min-inline-size: 0; min-block-size: 44px; max-block-size: 120px; padding: 10px 12px; resize: none;
      field-sizing: content;
      border: 1px solid var(--control); border-radius: 10px; background: var(--background);
    }
    textarea::placeholder { color: var(--muted); opacity: 1; }
    .primary {
      min-block-size: 44px; min-inline-size: 44px; padding-inline: 12px; border: 0; border-radius: 8px; background: var(--accent);
      color: var(--on-accent); font-weight: 600;
    }
    .plain {
      min-block-size: 44px; padding-inline: 12px; border: 1px solid var(--control); border-radius: 8px;
      background: none; color: var(--text); font-weight: 600;
    }
    .primary[aria-disabled="true"] { cursor: default; }
    .over { padding: 8px 16px; background: var(--surface); color: var(--danger); font-size: .92em; }
    .ended { display: flex; flex-direction: column; gap: 8px; padding: 12px; background: var(--surface); }
    .ended p { margin: 0; color: var(--muted); text-align: center; }
    @media (max-width: 480px), (max-height: 420px) {
      :host([data-open]) { inset: 0; }
      .panel { inline-size: 100%; block-size: 100vh; block-size: 100dvh; border: 0; border-radius: 0; }
      textarea, input { font-size: 16px; }
    }
    @media (prefers-reduced-motion: reduce) { .panel { animation: none; } }
    @media (forced-colors: active) {
      .bubble, .launch, .primary, header { border: 1px solid CanvasText; }
    }
  `;

  const ICONS = {
    chat: "M3.75 3.25h12.5a1.5 1.5 0 0 1 1.5 1.5v7.5a1.5 1.5 0 0 1-1.5 1.5H9.5L5.25 17.5v-3.75h-1.5a1.5 1.5 0 0 1-1.5-1.5v-7.5a1.5 1.5 0 0 1 1.5-1.5ZM6.25 7h7.5M6.25 10h4.5",
    clip: "m15.5 9.5-5.9 5.9a3.6 3.6 0 0 1-5.1-5.1l6.4-6.4a2.4 2.4 0 0 1 3.4 3.4l-6.3 6.3a1.2 1.2 0 0 1-1.7-1.7l5.5-5.5",
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
    ui.launch.append(icon("chat"), element("span", {}, words.chat), ui.count);

    ui.title = element("h2", { id: "title" });
    ui.status = element("p", { id: "status", role: "status" });
    ui.end = element("button", { type: "button" }, words.end);
    ui.close = element("button", { type: "button", "aria-label": words.close }, icon("close"));
    const header = element("header", {}, element("div", {}, ui.title, ui.status), ui.end, ui.close);

    ui.log = element("div", {
      class: "log",
      role: "log",
      "aria-live": "polite",
      "aria-relevant": "additions",
      "aria-label": words.messages,
      tabindex: "0",
    });
    ui.state = element("p", { class: "state", role: "status" });
    ui.over = element("div", { class: "over", id: "over", role: "status" });
    ui.input = element("textarea", {
      id: "text",
      rows: "1",
      placeholder: words.write,
      "aria-describedby": "over",
      autocomplete: "off",
      dir: "auto",
    });
    ui.send = element("button", { class: "primary", type: "submit" }, words.send);
    const label = element("label", { class: "unseen", for: "text" }, words.yours);
    ui.name = element("input", { id: "name", maxlength: "80", autocomplete: "name", dir: "auto" });
    ui.asking = element("div", { class: "name" }, element("label", { for: "name" }, words.name), ui.name);
    ui.mail = element("input", { id: "mail", type: "email", maxlength: "254", autocomplete: "email", dir: "ltr", "aria-describedby": "over" });
    ui.letter = element("div", { class: "name" }, element("label", { for: "mail" }, words.mail), ui.mail);
    ui.files = element("input", { type: "file", multiple: "", hidden: "", tabindex: "-1" });
    ui.attach = element("button", { class: "attach", type: "button", "aria-label": words.attach }, icon("clip"));
    ui.attach.title = words.attach;
    ui.form = element("form", { novalidate: "" }, ui.asking, ui.letter, ui.files, ui.attach, label, ui.input, ui.send);
    ui.again = element("button", { class: "primary", type: "button" }, words.again);
    ui.save = element("button", { class: "plain", type: "button" }, words.save);
    ui.ended = element("div", { class: "ended" }, element("p", {}, words.ended), ui.save, ui.again);
    ui.panel = element("section", { class: "panel", role: "dialog", "aria-labelledby": "title" });
    ui.panel.append(header, ui.log, ui.state, ui.over, ui.form, ui.ended);

    ui.news = element("div", { class: "unseen", role: "status" });
    root.append(ui.launch, ui.panel, ui.news);

    ui.launch.addEventListener("click", () => show(true));
    ui.close.addEventListener("click", () => show(false));
    ui.end.addEventListener("click", leave);
    ui.again.addEventListener("click", startAgain);
    ui.save.addEventListener("click", saveAll);
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
    ui.attach.addEventListener("click", () => ui.files.click());
    ui.files.addEventListener("change", () => {
      keepName();
      attach([...ui.files.files]);
      ui.files.value = "";
      ui.input.focus();
    });
    ui.input.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files || [])];
      if (!files.length) return;
      event.preventDefault();
      attach(files);
    });
    const carries = (event) => !state.ended && [...(event.dataTransfer?.types || [])].includes("Files");
    ui.panel.addEventListener("dragover", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      ui.panel.classList.add("dropping");
    });
    ui.panel.addEventListener("dragleave", (event) => {
      if (!ui.panel.contains(event.relatedTarget)) ui.panel.classList.remove("dropping");
    });
    ui.panel.addEventListener("drop", (event) => {
      ui.panel.classList.remove("dropping");
      if (!carries(event)) return;
      event.preventDefault();
      attach([...event.dataTransfer.files]);
    });
    ui.form.addEventListener("submit", (event) => {
      event.preventDefault();
      submit();
    });
    ui.input.value = kept.get("draft") || "";
  }

  function keepName() {
    const name = ui.name.value.trim();
    if (name) kept.set("name", name);
  }

  function submit() {
    const text = ui.input.value.trim();
    if (!text || text.length > TEXT_CHARS) return;
    const mail = ui.letter.hidden ? "" : ui.mail.value.trim();
    if (mail && !/^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/.test(mail)) {
      ui.mail.setAttribute("aria-invalid", "true");
      setText(ui.over, words.bad_mail);
      setHidden(ui.over, false);
      ui.mail.focus();
      return;
    }
    ui.mail.removeAttribute("aria-invalid");
    keepName();
    ui.input.value = "";
    kept.remove("draft");
    clearTimeout(typingTimer);
    typingToldAt = 0;
    say(text, mail);
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
    for (const key of kept.keys("")) if (key !== "open" && key !== "name") kept.remove(key);
    state.messages.clear();
    Object.assign(state, { ended: false, leaving: false, epoch: "", last: 0, read: 0, pending: [], written: [], agent: "", joinedAfter: 0 });
    inFlight = "";
    retryMs = RETRY_FIRST_MS;
    connect();
    render();
    ui.input.focus();
  }

  /* Words. */

  const clock = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });

  function timeWords(at) {
    const date = new Date(at * 1000);
    const time = clock.format(date);
    return date.toDateString() === new Date().toDateString() ? time : `${day.format(date)}, ${time}`;
  }

  function queueWords() {
    const queue = state.queue;
    if (state.agent && Date.now() - state.agentAt < HERE_MS) return filled("here", state.agent);
    if (!queue) return "";
    const waits = [...state.messages.values()].sort((a, b) => a.at - b.at).at(-1)?.from === "visitor";
    const line = waits && queue.waiting > 1 ? ` ${filled("in_line", queue.waiting)}.` : "";
    if (queue.ready === 0) return (waits ? words.have_it : words.nobody) + line;
    if (queue.answers_s !== null) return filled("usually", duration(queue.answers_s));
    return words.somebody;
  }

  function duration(seconds) {
    if (seconds < 60) return words.moment;
    const minutes = Math.round(seconds / 60);
    if (minutes < 60) return minutes === 1 ? words.minute : filled("minutes", minutes);
    const hours = Math.round(minutes / 60);
    return hours === 1 ? words.hour : filled("hours", hours);
  }

  function linkWords() {
    if (state.link === "open" || state.ended || state.link === "idle") return "";
    const more = state.pending.some((one) => !one.failed) ? ` ${words.kept}` : "";
    if (state.link === "connecting") return state.retryAt ? words.connecting + more : "";
    return (navigator.onLine ? words.lost : words.offline) + more;
  }

  function pendingWords(item) {
    if (item.failed) return filled("not_sent", item.failed);
    if (item.note) return item.note;
    return state.link === "open" ? words.sending : words.waiting;
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
    setHidden(ui.save, state.messages.size === 0);
    setHidden(ui.asking, !asks());
    setHidden(ui.letter, !takesLetters());
    setHidden(ui.end, ended || state.messages.size === 0);
    setHidden(ui.count, state.unseen === 0);
    ui.launch.setAttribute("aria-expanded", String(open));
    setText(ui.count, String(state.unseen));
    const count = state.unseen === 1 ? words.one_new : filled("many_new", state.unseen);
    const news = state.unseen ? count : "";
    ui.launch.setAttribute("aria-label", news ? `${words.chat}, ${news}` : words.chat);
    setText(ui.news, !open && news ? filled("news", news) : "");
    setText(ui.title, state.title);
    setText(ui.status, ended ? words.over : queueWords());
    setText(ui.state, linkWords());
    setHidden(ui.state, !ui.state.textContent);
    const over = ui.input.value.trim().length - TEXT_CHARS;
    const bad = ui.mail.getAttribute("aria-invalid") === "true" && !ui.letter.hidden;
    setText(ui.over, over > 0 ? filled("long", over) : bad ? words.bad_mail : "");
    setHidden(ui.over, !ui.over.textContent);
    ui.send.setAttribute("aria-disabled", String(over > 0 || !ui.input.value.trim()));
    fit();
    paintLog();
  }

  function fit() {
    // As high as its lines, whatever spacing a reader sets: the browser's own way, or measured at each change.
    if (CSS.supports("field-sizing", "content")) return;
    ui.input.style.blockSize = "auto";
    ui.input.style.blockSize = `${Math.min(120, ui.input.scrollHeight + 2)}px`;
  }

  function asks() {
    // Before the first word; while the visitor is in the field it stays.
    if (root.activeElement === ui.name) return true;
    return !visitorName() && state.messages.size === 0 && state.pending.length === 0;
  }

  function takesLetters() {
    // Only before a chat has begun: who talks here is answered here.
    return state.letters && state.queue?.ready === 0 && state.messages.size === 0 && !state.agent;
  }

  function nearEnd() {
    return ui.log.scrollHeight - ui.log.scrollTop - ui.log.clientHeight < 40;
  }

  function paintLog() {
    const atEnd = nearEnd();
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
      if (row && row.said !== want.text + namesOf(want)) {
        // What the centre kept is what is shown (it takes out control characters).
        if (row === before) before = before.nextSibling;
        row.remove();
        row = null;
      }
      if (!row) {
        row = newRow(want);
        row.said = want.text + namesOf(want);
        rows.set(want.key, row);
      }
      row.className = want.look;
      // What is read aloud is read in its own language, once the router has told it.
      if (want.lang) row.words.lang = want.lang;
      paintFiles(row, want.files || []);
      if (row.meta) {
        setText(row.meta, want.meta || "");
        setHidden(row.meta, !want.meta);
      }
      if (row === before) before = before.nextSibling;
      else ui.log.insertBefore(row, before);
    }
    if (atEnd) ui.log.scrollTop = ui.log.scrollHeight;
  }

  function namesOf(want) {
    return (want.files || []).map((file) => `\n${file.name}`).join("");
  }

  function paintFiles(row, files) {
    // A pending file has a name and a size; it becomes a button when it can be fetched.
    files.forEach((file, n) => {
      const place = row.places[n];
      const kind = file.id ? "button" : "div";
      const stand = file.id || (file.refused ? "refused" : "pending");
      if (row.stands[n] !== stand) {
        row.stands[n] = stand;
        const label = element("span", { dir: "auto" }, file.name);
        const size = element("small", {}, file.refused ? words.refused : sizeWords(file.size));
        const shown = element(kind, { class: "file" }, label, size);
        const note = element("div", { class: "trouble", role: "status" });
        if (file.id) {
          shown.type = "button";
          shown.setAttribute("aria-label", `${filled("fetch", file.name)}, ${sizeWords(file.size)}`);
          shown.addEventListener("click", () => download(file, note));
        }
        place.replaceChildren(shown, note);
        if (file.id) thumbnail(file, place);
      }
    });
  }

  function filesOf(one) {
    return (one.files || []).map((file) => ({ ...file, refused: !file.id }));
  }

  function wantedRows() {
    const list = [];
    if (state.greeting) list.push({ key: "greeting", look: "bubble", who: state.title, text: state.greeting });
    const shown = [...state.messages.values()].sort((a, b) => a.at - b.at || a.seq - b.seq);
    const lastAgent = shown.findLast((one) => one.from === "agent");
    const names = new Set();
    const joined = (name) => {
      if (name && !names.has(name)) list.push({ key: `joined/${name}`, look: "notice", text: filled("joined", name) });
      names.add(name);
    };
    for (const one of shown) {
      const time = timeWords(one.at);
      if (one.seq > state.joinedAfter) joined(state.agent);
      if (one.from === "notice") {
        list.push({ key: one.id, look: "notice", text: one.text });
      } else if (one.from === "agent") {
        joined(one.name);
        const typing = state.agentTyping && one === lastAgent ? ` · ${words.types}` : "";
        const meta = `${one.name ? `${one.name} · ` : ""}${time}${typing}`;
        list.push({ key: one.id, look: "bubble", who: one.name || words.agent, text: one.text, lang: one.lang, files: filesOf(one), meta });
      } else {
        const meta = `${time} · ${one.seq <= state.read ? words.read : words.sent}`;
        list.push({ key: one.client || one.id, look: "bubble visitor", who: words.you, text: one.text, lang: one.lang, files: filesOf(one), meta });
      }
    }
    for (const one of state.written) {
      const meta = filled("written", one.mail);
      list.push({ key: one.client, look: "bubble visitor", who: words.you, text: one.text, meta });
    }
    for (const item of state.pending) {
      const look = item.failed ? "bubble visitor failed" : "bubble visitor";
      const files = item.file ? [{ name: item.name, size: item.file.size }] : [];
      list.push({ key: item.client, look, who: words.you, text: item.text, files, meta: pendingWords(item) });
    }
    if (shown.length) joined(state.agent);
    if (state.agentTyping && shown.at(-1) !== lastAgent) {
      list.push({ key: "typing", look: "notice", text: filled("typing", state.agent || words.the_agent) });
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
    // `dir` keeps the name out of the guess, and it is read in the widget's language.
    text.append(element("span", { class: "unseen", dir: "ltr", lang: language }, `${want.who}: `), ...linked(want.text));
    row.places = (want.files || []).map(() => element("div", { class: "place" }));
    row.stands = [];
    row.meta = element("div", { class: "meta" });
    row.append(text, ...row.places, row.meta);
    row.words = text;
    return row;
  }

  function linked(text) {
    return text.split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/).map((part, n) => {
      if (n % 2 === 0) return part;
      return element("a", { href: part, target: "_blank", rel: "noopener noreferrer nofollow" }, part);
    });
  }

  function setText(target, text) {
    if (target.textContent === text) return;
    // In the same text node: a log that is read as it grows does not read a changed line again.
    if (target.childNodes.length === 1 && target.firstChild.nodeType === Node.TEXT_NODE) target.firstChild.data = text;
    else target.textContent = text;
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
    host.lang = language;
    if (options.accent) host.style.setProperty("--chat-accent", options.accent);
    if (options.onAccent) host.style.setProperty("--chat-on-accent", options.onAccent);
    state.leaving = kept.get("leaving") === "1";
    loadPending();
    loadWritten();
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
