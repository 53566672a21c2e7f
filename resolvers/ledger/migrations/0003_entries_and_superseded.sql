-- A random part of the ids under which registries know a case's entries: sequences may start over, these never meet.
-- Cases from before keep the ids that were sent.
ALTER TABLE cases ADD COLUMN entry_key text NOT NULL DEFAULT '';
ALTER TABLE cases ALTER COLUMN entry_key DROP DEFAULT;

-- A case whose book was voided, unprinted, by the entry of a newer one.
ALTER TABLE cases DROP CONSTRAINT cases_state_check;
ALTER TABLE cases ADD CONSTRAINT cases_state_check CHECK (state IN (
    'ACCEPTED', 'PENDING_REGISTRY', 'READY_TO_PRINT', 'WITHDRAWING', 'NEEDS_OPERATOR',
    'COMPLETED', 'REFUSED', 'WITHDRAWN', 'SUPERSEDED'));

CREATE INDEX cases_of_book ON cases ((book ->> 'ref'), registry_city) WHERE state = 'READY_TO_PRINT';
CREATE INDEX cases_voiding_book ON cases ((plan ->> 'old_ref'), registry_city) WHERE book IS NOT NULL;
