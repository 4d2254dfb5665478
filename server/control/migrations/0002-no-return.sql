-- Past this point a run finishes by itself: a page must not offer to cancel it.
ALTER TABLE operations ADD COLUMN no_return INTEGER NOT NULL DEFAULT 0;
