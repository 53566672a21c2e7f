-- A registry of today: English names, one row per record with an integer version, real dates, words for states.
-- No foreign keys and no checks on codes: what a registry really holds is broken here and there, and so may this be.

CREATE SEQUENCE address_id_seq;
CREATE TABLE address (
    id                  bigint PRIMARY KEY DEFAULT nextval('address_id_seq'),
    division_code       char(6),                                -- GB/T 2260
    township_code       char(9),                                -- GB/T 10114
    street              text,
    door                text,
    police_station_code char(12),                               -- GA/T 380
    freeze_mode         text NOT NULL DEFAULT 'none'            -- none, warn, refuse
);
CREATE INDEX address_division ON address (division_code);

CREATE SEQUENCE household_id_seq;
CREATE TABLE household (
    id               bigint PRIMARY KEY DEFAULT nextval('household_id_seq'),
    version          integer NOT NULL DEFAULT 1,
    household_number varchar(9) NOT NULL,
    household_type   text NOT NULL,                             -- family, collective
    category_code    char(1),                                   -- HB: 6 resident family, 7 resident collective, older 0-5 8 9
    collective_kind  text,                                      -- unit, school, general; null in a family
    status           text NOT NULL,                             -- active, locked, cancelled, deleted
    head_person_id   bigint,
    address_id       bigint NOT NULL,
    established_on   date
);
CREATE INDEX household_number_order ON household (household_number COLLATE "C", (id::text) COLLATE "C");
CREATE INDEX household_address ON household (address_id);

CREATE SEQUENCE person_id_seq;
CREATE TABLE person (
    id               bigint PRIMARY KEY DEFAULT nextval('person_id_seq'),
    version          integer NOT NULL DEFAULT 1,
    id_number        varchar(18) NOT NULL,                      -- GB 11643
    name             text NOT NULL,
    former_name      text,
    sex              char(1),                                   -- M, F, U unknown, N not stated
    ethnic_code      char(2),                                   -- GB/T 3304
    birth_date       date,
    birthplace_code  char(6),                                   -- GB/T 2260
    marital_code     char(2),                                   -- GB/T 2261.2
    education_code   char(2),                                   -- GB/T 4658-2006
    relation_code    char(2),                                   -- GB/T 4761
    household_id     bigint,
    status           text NOT NULL,                             -- active, deceased, moved_out, in_service, settled_abroad,
                                                                -- missing, deleted, cancelled, other
    lock_status      text NOT NULL DEFAULT 'none',              -- none, offline, batch_capture, category_review,
                                                                -- deletion_review, change_review, locked
    residence_code   char(6),                                   -- where the person lives, GB/T 2260
    spouse_name      text,
    spouse_id_number varchar(18),
    moved_to_code    char(6),
    moved_on         date
);
CREATE INDEX person_number ON person (id_number);
CREATE INDEX person_household ON person (household_id);
CREATE INDEX person_name_order ON person (name COLLATE "C", (id::text) COLLATE "C");

CREATE SEQUENCE book_issue_id_seq;
CREATE TABLE book_issue (
    id                  bigint PRIMARY KEY DEFAULT nextval('book_issue_id_seq'),
    version             integer NOT NULL DEFAULT 1,
    household_id        bigint NOT NULL,
    person_id           bigint,                                 -- only of a personal page
    reason              text NOT NULL,                          -- first, replacement, reissue, personal_page
    status              text NOT NULL,                          -- valid, void
    issued_on           date NOT NULL,
    issuing_office_code char(12) NOT NULL
);
CREATE INDEX book_issue_household ON book_issue (household_id);

CREATE SEQUENCE id_card_id_seq;
CREATE TABLE id_card (
    id            bigint PRIMARY KEY DEFAULT nextval('id_card_id_seq'),
    version       integer NOT NULL DEFAULT 1,
    person_id     bigint NOT NULL,
    card_class    text NOT NULL,                                -- gen1, gen2, temporary, national_remote, province_remote
    status        text NOT NULL,                                -- normal, lost, surrendered, destroyed, other
    issuing_organ text NOT NULL,
    valid_from    date,
    valid_until   date                                          -- null: long-term
);
CREATE INDEX id_card_person ON id_card (person_id);

CREATE SEQUENCE card_application_id_seq;
CREATE TABLE card_application (
    id                bigint PRIMARY KEY DEFAULT nextval('card_application_id_seq'),
    version           integer NOT NULL DEFAULT 1,
    person_id         bigint NOT NULL,
    acceptance_number varchar(22) NOT NULL,
    reason_code       char(2) NOT NULL,                         -- SLYY
    status            text NOT NULL,                            -- the words of CardApplicationState in lower case
    accepted_on       date NOT NULL,
    fee_yuan          integer NOT NULL DEFAULT 0
);
CREATE INDEX card_application_person ON card_application (person_id);

CREATE SEQUENCE move_id_seq;
CREATE TABLE move (
    id                  bigint PRIMARY KEY DEFAULT nextval('move_id_seq'),
    person_id           bigint NOT NULL,
    direction           text NOT NULL,                          -- in, out
    reason_code         char(2) NOT NULL,                       -- last two digits of the reason lists: 31, 62, 94 ...
    moved_on            date NOT NULL,
    other_division_code char(6)                                 -- origin of a move in, destination of a move out
);
CREATE INDEX move_person ON move (person_id);

CREATE SEQUENCE item_change_id_seq;
CREATE TABLE item_change (
    id            bigint PRIMARY KEY DEFAULT nextval('item_change_id_seq'),
    person_id     bigint NOT NULL,
    category_code char(2) NOT NULL,                             -- GA/T 2000.24
    value_before  text,
    value_after   text,
    changed_on    date NOT NULL
);
CREATE INDEX item_change_person ON item_change (person_id);

-- One row per business act; its id is the journal number.
CREATE SEQUENCE business_journal_id_seq;
CREATE TABLE business_journal (
    id            bigint PRIMARY KEY DEFAULT nextval('business_journal_id_seq'),
    business_code text NOT NULL,                                -- D01, D02 ...
    act           text NOT NULL,
    case_number   text,                                         -- the gateway's case and step; null for acts of the city itself
    case_step     text,
    station_code  char(12),                                     -- where it was accepted
    operator_id   text,
    accepted_on   date NOT NULL,
    record_count  integer NOT NULL,
    written_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX business_journal_case ON business_journal (case_number);
