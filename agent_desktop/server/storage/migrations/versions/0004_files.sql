CREATE TABLE files (
	blob TEXT NOT NULL,
	message TEXT NOT NULL,
	PRIMARY KEY (blob, message),
	FOREIGN KEY(message) REFERENCES messages (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX files_by_message ON files (message);

INSERT OR IGNORE INTO files (blob, message) SELECT f.value ->> 'id', m.id FROM messages m, json_each(m.body, '$.attachments') f WHERE f.value ->> 'id' IS NOT NULL;

CREATE INDEX uploads_by_blob ON uploads (blob, agent);
