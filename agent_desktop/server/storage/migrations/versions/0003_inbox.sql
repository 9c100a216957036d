ALTER TABLE conversations ADD COLUMN state TEXT DEFAULT '' NOT NULL;

ALTER TABLE conversations ADD COLUMN medium TEXT DEFAULT '' NOT NULL;

ALTER TABLE conversations ADD COLUMN queue TEXT DEFAULT '' NOT NULL;

ALTER TABLE conversations ADD COLUMN agent TEXT DEFAULT '' NOT NULL;

ALTER TABLE conversations ADD COLUMN owner TEXT DEFAULT '' NOT NULL;

ALTER TABLE conversations ADD COLUMN unread INTEGER DEFAULT '0' NOT NULL;

ALTER TABLE conversations ADD COLUMN snoozed_until_at FLOAT DEFAULT '0' NOT NULL;

ALTER TABLE conversations ADD COLUMN merged_into TEXT DEFAULT '' NOT NULL;

UPDATE conversations SET state = coalesce(json_extract(body, '$.state'), 'open'), medium = coalesce(json_extract(body, '$.medium'), ''), queue = coalesce(json_extract(body, '$.queue'), ''), agent = coalesce(json_extract(body, '$.agent'), '');

CREATE INDEX conversations_by_state ON conversations (state, updated_at, id) WHERE merged_into = '';

CREATE INDEX conversations_by_queue ON conversations (queue, state, updated_at, id) WHERE merged_into = '';

CREATE INDEX conversations_by_owner ON conversations (owner, state, updated_at, id) WHERE merged_into = '';

CREATE INDEX conversations_by_medium ON conversations (medium, state, updated_at, id) WHERE merged_into = '';

CREATE INDEX conversations_unread ON conversations (updated_at, id) WHERE merged_into = '' AND unread > 0;

CREATE INDEX conversations_snoozed ON conversations (snoozed_until_at) WHERE snoozed_until_at > 0;

ALTER TABLE messages ADD COLUMN channel TEXT DEFAULT '' NOT NULL;

ALTER TABLE messages ADD COLUMN home TEXT DEFAULT '' NOT NULL;

CREATE INDEX messages_by_home ON messages (home) WHERE home != '';

ALTER TABLE interactions ADD COLUMN promise_at FLOAT DEFAULT '0' NOT NULL;

UPDATE interactions SET promise_at = coalesce(json_extract(body, '$.promise_at'), 0) WHERE live = 1;

CREATE INDEX interactions_promised ON interactions (promise_at, conversation) WHERE live = 1 AND promise_at > 0;

CREATE TABLE marks (
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	conversation TEXT NOT NULL,
	PRIMARY KEY (kind, value, conversation),
	FOREIGN KEY(conversation) REFERENCES conversations (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX marks_by_conversation ON marks (conversation);

CREATE TABLE uploads (
	id TEXT NOT NULL,
	agent TEXT DEFAULT '' NOT NULL,
	name TEXT DEFAULT '' NOT NULL,
	media_type TEXT DEFAULT '' NOT NULL,
	blob TEXT DEFAULT '' NOT NULL,
	size_bytes INTEGER DEFAULT '0' NOT NULL,
	at FLOAT DEFAULT '0' NOT NULL,
	PRIMARY KEY (id)
);

CREATE INDEX uploads_by_age ON uploads (at);
