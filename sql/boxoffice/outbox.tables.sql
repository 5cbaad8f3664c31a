-- The outbox: what others should hear about. Neither its rows nor the positions are dumped: the transaction ids in them
-- mean nothing in another server, where a relay begins with the present. The order of the key is that of reading and of
-- deleting; it needs no other index. No checks and no foreign keys: every sale writes a row.

CREATE SEQUENCE boxoffice.outbox_id MAXVALUE 9007199254740991;
CREATE TABLE boxoffice.outbox (
    xid            xid8        NOT NULL,
    outbox_id      bigint      NOT NULL DEFAULT pg_catalog.nextval('boxoffice.outbox_id'),
    created_at     timestamptz NOT NULL,
    event          text        NOT NULL,
    slot_id        bigint      NOT NULL,
    reservation_id bigint,
    seat_ids       integer[]   NOT NULL,
    PRIMARY KEY (xid, outbox_id)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
ALTER SEQUENCE boxoffice.outbox_id OWNED BY boxoffice.outbox.outbox_id;
COMMENT ON SEQUENCE boxoffice.outbox_id IS 'Numbers changes of seats; not dumped.';
COMMENT ON TABLE boxoffice.outbox IS 'Every change of seats until all relays were told of it, or for boxoffice.outbox_keep; next_changes reads it. Not dumped.';
COMMENT ON COLUMN boxoffice.outbox.xid IS 'The transaction that made the change.';
COMMENT ON COLUMN boxoffice.outbox.outbox_id IS 'Grows along the changes of one seat; says nothing of the order of commits.';
COMMENT ON COLUMN boxoffice.outbox.created_at IS 'When.';
COMMENT ON COLUMN boxoffice.outbox.event IS 'held, released, expired, paid, cancelled, blocked or unblocked.';
COMMENT ON COLUMN boxoffice.outbox.slot_id IS 'The slot.';
COMMENT ON COLUMN boxoffice.outbox.reservation_id IS 'What was held, released, marked as expired, paid or cancelled; null: the house blocked or unblocked the seats.';
COMMENT ON COLUMN boxoffice.outbox.seat_ids IS 'The seats of the slot that it is about, ascending.';

CREATE TABLE boxoffice.outbox_position (
    consumer       text        PRIMARY KEY CHECK (pg_catalog.octet_length(consumer) BETWEEN 1 AND 255),
    snapshot       pg_snapshot NOT NULL,
    target         pg_snapshot,
    last_xid       xid8,
    last_outbox_id bigint,
    CHECK ((target IS NULL) = (last_xid IS NULL) AND (target IS NULL) = (last_outbox_id IS NULL))
);
INSERT INTO boxoffice.outbox_position (consumer, snapshot) VALUES ('upkeep', '3:3:');
COMMENT ON TABLE boxoffice.outbox_position IS 'How far each relay has been told of changes. Not dumped: a relay begins with the present in another server. Delete the row of one that will not come back.';
COMMENT ON COLUMN boxoffice.outbox_position.consumer IS 'Name of the relay; upkeep is what tick has deleted.';
COMMENT ON COLUMN boxoffice.outbox_position.snapshot IS 'Every change that is visible in this snapshot was told.';
COMMENT ON COLUMN boxoffice.outbox_position.target IS 'While there is more to tell than fits into one batch: what is visible in this snapshot is told next; null: nothing is under way.';
COMMENT ON COLUMN boxoffice.outbox_position.last_xid IS 'Transaction of the last change of target that was told; null: nothing is under way.';
COMMENT ON COLUMN boxoffice.outbox_position.last_outbox_id IS 'Number of the last change of target that was told; null: nothing is under way.';
CREATE TYPE boxoffice.next_changes_row AS (slot_id bigint, seats jsonb);
COMMENT ON TYPE boxoffice.next_changes_row IS 'A slot and its seats that have changed: a list of seat_id and status, which is free, held, sold or blocked.';
CREATE TYPE boxoffice.queue_progress_row AS (queue_id bigint, mode text, waiting bigint, active bigint);
COMMENT ON TYPE boxoffice.queue_progress_row IS 'A queue, its mode, how many wait and how many are active.';
