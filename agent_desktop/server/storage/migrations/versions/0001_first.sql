CREATE TABLE events (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	at FLOAT DEFAULT '0' NOT NULL,
	kind TEXT NOT NULL,
	subject TEXT NOT NULL,
	body TEXT NOT NULL
);

CREATE INDEX events_by_subject ON events (subject, seq);

CREATE TABLE agents (
	id TEXT NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (id)
);

CREATE TABLE interactions (
	id TEXT NOT NULL,
	live INTEGER NOT NULL,
	state TEXT DEFAULT '' NOT NULL,
	direction TEXT DEFAULT '' NOT NULL,
	queue TEXT DEFAULT '' NOT NULL,
	agent TEXT DEFAULT '' NOT NULL,
	customer TEXT DEFAULT '' NOT NULL,
	conversation TEXT DEFAULT '' NOT NULL,
	arrived_at FLOAT DEFAULT '0' NOT NULL,
	queued_at FLOAT DEFAULT '0' NOT NULL,
	accepted_at FLOAT DEFAULT '0' NOT NULL,
	ended_at FLOAT DEFAULT '0' NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (id)
);

CREATE INDEX interactions_live ON interactions (id) WHERE live = 1;

CREATE INDEX interactions_abandoned ON interactions (ended_at, queue) WHERE state = 'abandoned';

CREATE INDEX interactions_by_arrival ON interactions (arrived_at, id);

CREATE INDEX interactions_by_agent ON interactions (agent, arrived_at, id);

CREATE INDEX interactions_by_conversation ON interactions (conversation, arrived_at);

CREATE INDEX interactions_by_customer ON interactions (customer, arrived_at);

CREATE INDEX interactions_answered ON interactions (accepted_at, queue, queued_at, direction) WHERE accepted_at > 0;

CREATE TABLE conversations (
	id TEXT NOT NULL,
	channel TEXT DEFAULT '' NOT NULL,
	address TEXT DEFAULT '' NOT NULL,
	customer TEXT DEFAULT '' NOT NULL,
	updated_at FLOAT DEFAULT '0' NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (id)
);

CREATE INDEX conversations_by_thread ON conversations (channel, address, updated_at);

CREATE INDEX conversations_by_customer ON conversations (customer);

CREATE TABLE customers (
	num INTEGER NOT NULL,
	id TEXT NOT NULL,
	name TEXT DEFAULT '' NOT NULL,
	sort_name TEXT DEFAULT '' NOT NULL,
	words TEXT DEFAULT '' NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (num)
);

CREATE UNIQUE INDEX customers_by_id ON customers (id);

CREATE INDEX customers_by_name ON customers (sort_name, id);

CREATE TABLE articles (
	num INTEGER NOT NULL,
	id TEXT NOT NULL,
	title TEXT DEFAULT '' NOT NULL,
	tags TEXT DEFAULT '' NOT NULL,
	summary TEXT DEFAULT '' NOT NULL,
	words TEXT DEFAULT '' NOT NULL,
	updated_at FLOAT DEFAULT '0' NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (num)
);

CREATE UNIQUE INDEX articles_by_id ON articles (id);

CREATE TABLE blobs (
	id TEXT NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (id)
);

CREATE TABLE raws (
	id TEXT NOT NULL,
	channel TEXT DEFAULT '' NOT NULL,
	"key" TEXT DEFAULT '' NOT NULL,
	received_at FLOAT DEFAULT '0' NOT NULL,
	parsed INTEGER DEFAULT '0' NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (id)
);

CREATE INDEX raws_unparsed ON raws (channel, received_at) WHERE parsed = 0;

CREATE UNIQUE INDEX raws_by_key ON raws (channel, "key");

CREATE TABLE replies (
	command TEXT NOT NULL,
	agent TEXT DEFAULT '' NOT NULL,
	at FLOAT DEFAULT '0' NOT NULL,
	reply BLOB NOT NULL,
	PRIMARY KEY (command)
);

CREATE INDEX replies_by_age ON replies (at);

CREATE TABLE users (
	id TEXT NOT NULL,
	password_hash TEXT DEFAULT '' NOT NULL,
	sip_secret TEXT DEFAULT '' NOT NULL,
	PRIMARY KEY (id)
);

CREATE TABLE settings (
	name TEXT NOT NULL,
	value TEXT DEFAULT '' NOT NULL,
	PRIMARY KEY (name)
);

CREATE TABLE messages (
	num INTEGER NOT NULL,
	id TEXT NOT NULL,
	conversation TEXT NOT NULL,
	at FLOAT DEFAULT '0' NOT NULL,
	external_id TEXT DEFAULT '' NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (num),
	FOREIGN KEY(conversation) REFERENCES conversations (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);

CREATE UNIQUE INDEX messages_by_id ON messages (id);

CREATE INDEX messages_by_external ON messages (external_id) WHERE external_id != '';

CREATE INDEX messages_by_conversation ON messages (conversation, at, num);

CREATE TABLE addresses (
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	customer TEXT NOT NULL,
	PRIMARY KEY (kind, value, customer),
	FOREIGN KEY(customer) REFERENCES customers (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX addresses_by_customer ON addresses (customer);

CREATE TABLE sessions (
	token_hash TEXT NOT NULL,
	agent TEXT NOT NULL,
	client TEXT DEFAULT '' NOT NULL,
	created_at FLOAT DEFAULT '0' NOT NULL,
	expires_at FLOAT DEFAULT '0' NOT NULL,
	PRIMARY KEY (token_hash),
	FOREIGN KEY(agent) REFERENCES users (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX sessions_by_agent ON sessions (agent);

CREATE TABLE outbox (
	message TEXT NOT NULL,
	channel TEXT DEFAULT '' NOT NULL,
	due_at FLOAT DEFAULT '0' NOT NULL,
	tries INTEGER DEFAULT '0' NOT NULL,
	PRIMARY KEY (message),
	FOREIGN KEY(message) REFERENCES messages (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX outbox_by_due ON outbox (due_at);

CREATE VIEW message_texts AS SELECT num, json_extract(body, '$.subject') AS subject, json_extract(body, '$.text') AS text FROM messages;

CREATE VIRTUAL TABLE messages_fts USING fts5(subject, text, content='message_texts', content_rowid='num', prefix='2 3 4', tokenize='unicode61 remove_diacritics 2');

CREATE TRIGGER messages_fts_insert AFTER INSERT ON messages BEGIN INSERT INTO messages_fts(rowid, subject, text) VALUES (new.num, json_extract(new.body, '$.subject'), json_extract(new.body, '$.text')); END;

CREATE TRIGGER messages_fts_delete AFTER DELETE ON messages BEGIN INSERT INTO messages_fts(messages_fts, rowid, subject, text) VALUES ('delete', old.num, json_extract(old.body, '$.subject'), json_extract(old.body, '$.text')); END;

CREATE TRIGGER messages_fts_update AFTER UPDATE ON messages WHEN (json_extract(old.body, '$.subject'), json_extract(old.body, '$.text')) IS NOT (json_extract(new.body, '$.subject'), json_extract(new.body, '$.text')) BEGIN INSERT INTO messages_fts(messages_fts, rowid, subject, text) VALUES ('delete', old.num, json_extract(old.body, '$.subject'), json_extract(old.body, '$.text')); INSERT INTO messages_fts(rowid, subject, text) VALUES (new.num, json_extract(new.body, '$.subject'), json_extract(new.body, '$.text')); END;

CREATE VIRTUAL TABLE customers_fts USING fts5(name, words, content='customers', content_rowid='num', prefix='2 3 4', tokenize='unicode61 remove_diacritics 2');

CREATE TRIGGER customers_fts_insert AFTER INSERT ON customers BEGIN INSERT INTO customers_fts(rowid, name, words) VALUES (new.num, new.name, new.words); END;

CREATE TRIGGER customers_fts_delete AFTER DELETE ON customers BEGIN INSERT INTO customers_fts(customers_fts, rowid, name, words) VALUES ('delete', old.num, old.name, old.words); END;

CREATE TRIGGER customers_fts_update AFTER UPDATE ON customers WHEN (old.name, old.words) IS NOT (new.name, new.words) BEGIN INSERT INTO customers_fts(customers_fts, rowid, name, words) VALUES ('delete', old.num, old.name, old.words); INSERT INTO customers_fts(rowid, name, words) VALUES (new.num, new.name, new.words); END;

CREATE VIRTUAL TABLE articles_fts USING fts5(title, tags, summary, words, content='articles', content_rowid='num', prefix='2 3 4', tokenize='porter unicode61 remove_diacritics 2');

CREATE TRIGGER articles_fts_insert AFTER INSERT ON articles BEGIN INSERT INTO articles_fts(rowid, title, tags, summary, words) VALUES (new.num, new.title, new.tags, new.summary, new.words); END;

CREATE TRIGGER articles_fts_delete AFTER DELETE ON articles BEGIN INSERT INTO articles_fts(articles_fts, rowid, title, tags, summary, words) VALUES ('delete', old.num, old.title, old.tags, old.summary, old.words); END;

CREATE TRIGGER articles_fts_update AFTER UPDATE ON articles WHEN (old.title, old.tags, old.summary, old.words) IS NOT (new.title, new.tags, new.summary, new.words) BEGIN INSERT INTO articles_fts(articles_fts, rowid, title, tags, summary, words) VALUES ('delete', old.num, old.title, old.tags, old.summary, old.words); INSERT INTO articles_fts(rowid, title, tags, summary, words) VALUES (new.num, new.title, new.tags, new.summary, new.words); END;
