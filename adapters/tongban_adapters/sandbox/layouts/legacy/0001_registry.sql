-- A registry of 2004: pinyin names, a new row for every version, dates as CHAR(8), times as CHAR(14), code lists.
-- JLBZ 1 current, 2 historical. CXBZ 0 not reversed. QYSJ, JSSJ: valid from and to; JSSJ of a current row is null.
-- CJHJYWID, CCHJYWID: the journal number that made and that closed the row; null for loaded rows.
-- Unquoted names are lower case for the server: hjxx_czrkjbxxb.

CREATE SEQUENCE seq_mlpid;
CREATE SEQUENCE seq_mlpnbid;
CREATE TABLE HJXX_MLPXXXXB (                                    -- address (door plate)
    MLPNBID  bigint PRIMARY KEY DEFAULT nextval('seq_mlpnbid'), -- version id
    MLPID    bigint NOT NULL DEFAULT nextval('seq_mlpid'),      -- stable id
    SSXQ     char(6),                                           -- division, GB/T 2260
    XZJD     char(9),                                           -- township
    JLX      varchar(80),                                       -- street
    MLPH     varchar(80),                                       -- door
    PCS      char(9),                                           -- police station, 9 digits
    MLPZT    char(1) NOT NULL DEFAULT '0',
    JLBZ     char(1) NOT NULL DEFAULT '1',
    CXBZ     char(1) NOT NULL DEFAULT '0',
    QYSJ     char(14),
    JSSJ     char(14),
    CJHJYWID bigint,
    CCHJYWID bigint
);
CREATE UNIQUE INDEX hjxx_mlpxxxxb_current ON HJXX_MLPXXXXB (MLPID) WHERE JLBZ = '1';

CREATE SEQUENCE seq_mlpdjid;
CREATE TABLE HJXZ_MLPXXDJB (                                    -- freeze register of addresses
    MLPDJID bigint PRIMARY KEY DEFAULT nextval('seq_mlpdjid'),
    MLPID   bigint NOT NULL,
    DJFS    char(1) NOT NULL,                                   -- 1 warn, 2 refuse; no row: not frozen
    DJSJ    char(14),
    JLBZ    char(1) NOT NULL DEFAULT '1'
);
CREATE UNIQUE INDEX hjxz_mlpxxdjb_current ON HJXZ_MLPXXDJB (MLPID) WHERE JLBZ = '1';

CREATE SEQUENCE seq_hhid;
CREATE SEQUENCE seq_hhnbid;
CREATE TABLE HJXX_HXXB (                                        -- household
    HHNBID   bigint PRIMARY KEY DEFAULT nextval('seq_hhnbid'),  -- version id
    HHID     bigint NOT NULL DEFAULT nextval('seq_hhid'),       -- stable id
    MLPNBID  bigint,
    MLPID    bigint,
    HH       varchar(9) NOT NULL,                               -- household number
    HLX      char(1) NOT NULL,                                  -- 1 family, 2 collective
    HB       char(1),                                           -- category 0-9
    JTHZL    char(1),                                           -- collective kind 1-3; null or blank in a family
    HHZT     char(1) NOT NULL DEFAULT '0',                      -- state 0-3
    JHSJ     char(8),                                           -- established on
    JLBZ     char(1) NOT NULL DEFAULT '1',
    CXBZ     char(1) NOT NULL DEFAULT '0',
    QYSJ     char(14),
    JSSJ     char(14),
    CJHJYWID bigint,
    CCHJYWID bigint
);
CREATE UNIQUE INDEX hjxx_hxxb_current ON HJXX_HXXB (HHID) WHERE JLBZ = '1';
CREATE INDEX hjxx_hxxb_hh ON HJXX_HXXB (HH COLLATE "C", (HHID::text) COLLATE "C") WHERE JLBZ = '1';

CREATE SEQUENCE seq_ryid;
CREATE SEQUENCE seq_rynbid;
CREATE TABLE HJXX_CZRKJBXXB (                                   -- permanent resident
    RYNBID   bigint PRIMARY KEY DEFAULT nextval('seq_rynbid'),  -- version id
    RYID     bigint NOT NULL DEFAULT nextval('seq_ryid'),       -- stable id
    HHNBID   bigint,
    HHID     bigint,
    MLPNBID  bigint,
    MLPID    bigint,
    GMSFHM   char(18) NOT NULL,                                 -- citizen number, now and then with a small x
    XM       varchar(80) NOT NULL,                              -- name
    CYM      varchar(80),                                       -- former name
    XB       char(1),                                           -- sex, GB/T 2261.1
    MZ       char(2),                                           -- ethnic group, GB/T 3304
    CSRQ     char(8),                                           -- birth date
    CSDSSXQ  char(6),                                           -- birthplace
    HYZK     char(2),                                           -- marital status, GB/T 2261.2
    WHCD     char(2),                                           -- education, GB/T 4658-1984
    YHZGX    char(2),                                           -- relation to head, GB/T 4761; the head is 02
    HH       varchar(9),                                        -- household number, type, category: copies
    HLX      char(1),
    HB       char(1),
    JTHZL    char(1),
    SSXQ     char(6),                                           -- address: copies
    XZJD     char(9),
    JLX      varchar(80),
    MLPH     varchar(80),
    PCS      char(9),
    JZDSSXQ  char(6),                                           -- where the person lives
    POXM     varchar(80),                                       -- spouse
    POGMSFHM char(18),
    QWDSSXQ  char(6),                                           -- moved to
    QCRQ     char(8),                                           -- moved on
    RYZT     char(1) NOT NULL DEFAULT '0',                      -- state 0-9
    RYSDZT   char(1) NOT NULL DEFAULT '0',                      -- lock 0-6
    YWNR     char(3) NOT NULL DEFAULT '100',                    -- content of the act that made the row; 100 load
    JLBZ     char(1) NOT NULL DEFAULT '1',
    CXBZ     char(1) NOT NULL DEFAULT '0',
    QYSJ     char(14),
    JSSJ     char(14),
    CJHJYWID bigint,
    CCHJYWID bigint
);
CREATE UNIQUE INDEX hjxx_czrkjbxxb_current ON HJXX_CZRKJBXXB (RYID) WHERE JLBZ = '1';
CREATE INDEX hjxx_czrkjbxxb_gmsfhm ON HJXX_CZRKJBXXB (GMSFHM) WHERE JLBZ = '1';
CREATE INDEX hjxx_czrkjbxxb_hhid ON HJXX_CZRKJBXXB (HHID) WHERE JLBZ = '1';
CREATE INDEX hjxx_czrkjbxxb_xm ON HJXX_CZRKJBXXB (XM COLLATE "C", (RYID::text) COLLATE "C") WHERE JLBZ = '1';

CREATE SEQUENCE seq_hkbid;
CREATE SEQUENCE seq_hkbnbid;
CREATE TABLE HJYW_HKBQFXXB (                                    -- household book issue
    HKBNBID  bigint PRIMARY KEY DEFAULT nextval('seq_hkbnbid'), -- version id
    HKBID    bigint NOT NULL DEFAULT nextval('seq_hkbid'),      -- stable id
    HHID     bigint NOT NULL,
    RYID     bigint,                                            -- only of a personal page
    QFYY     char(1) NOT NULL,                                  -- reason: 1 first, 2 replacement, 3 reissue, 4 personal page
    HKBZT    char(1) NOT NULL DEFAULT '1',                      -- 1 valid, 2 void
    QFRQ     char(8) NOT NULL,                                  -- issued on
    QFDW     char(9) NOT NULL,                                  -- issuing office, 9 digits
    JLBZ     char(1) NOT NULL DEFAULT '1',
    CXBZ     char(1) NOT NULL DEFAULT '0',
    QYSJ     char(14),
    JSSJ     char(14),
    CJHJYWID bigint,
    CCHJYWID bigint
);
CREATE UNIQUE INDEX hjyw_hkbqfxxb_current ON HJYW_HKBQFXXB (HKBID) WHERE JLBZ = '1';
CREATE INDEX hjyw_hkbqfxxb_hhid ON HJYW_HKBQFXXB (HHID) WHERE JLBZ = '1';

CREATE SEQUENCE seq_nbsfzid;
CREATE TABLE ZJXX_JMSFZXXB (                                    -- ID card
    NBSFZID  bigint PRIMARY KEY DEFAULT nextval('seq_nbsfzid'),
    BBH      integer NOT NULL DEFAULT 1,                        -- row version
    RYID     bigint NOT NULL,
    QFJG     varchar(80) NOT NULL,                              -- issuing organ
    YXQXQSRQ char(8),                                           -- valid from
    YXQXJZRQ char(8),                                           -- valid until; 99991231, 00000000 or 长期: long-term
    ZJLB     char(1) NOT NULL,                                  -- class 1 2 3 4 8 9
    ZJZT     char(1) NOT NULL                                   -- state 1 2 3 4 9
);
CREATE INDEX zjxx_jmsfzxxb_ryid ON ZJXX_JMSFZXXB (RYID);

CREATE SEQUENCE seq_nbslid;
CREATE TABLE ZJYW_SLXXB (                                       -- card acceptance
    NBSLID bigint PRIMARY KEY DEFAULT nextval('seq_nbslid'),
    BBH    integer NOT NULL DEFAULT 1,                          -- row version
    RYID   bigint NOT NULL,
    SLH    char(22) NOT NULL,                                   -- acceptance number
    SLYY   char(2) NOT NULL,                                    -- reason
    SLZT   char(2) NOT NULL,                                    -- state
    SLRQ   char(8) NOT NULL,                                    -- accepted on
    SFJE   integer NOT NULL DEFAULT 0                           -- fee, yuan
);
CREATE INDEX zjyw_slxxb_ryid ON ZJYW_SLXXB (RYID);

CREATE SEQUENCE seq_qrdjid;
CREATE TABLE HJYW_QRDJXXB (                                     -- move in
    QRDJID  bigint PRIMARY KEY DEFAULT nextval('seq_qrdjid'),
    RYID    bigint NOT NULL,
    QRLB    char(4) NOT NULL,                                   -- reason 03xx
    QRRQ    char(8) NOT NULL,
    QCDSSXQ char(6),                                            -- origin
    HJYWID  bigint,
    CXBZ    char(1) NOT NULL DEFAULT '0'
);
CREATE INDEX hjyw_qrdjxxb_ryid ON HJYW_QRDJXXB (RYID);

CREATE SEQUENCE seq_qczxid;
CREATE TABLE HJYW_QCZXXXB (                                     -- move out
    QCZXID  bigint PRIMARY KEY DEFAULT nextval('seq_qczxid'),
    RYID    bigint NOT NULL,
    QCLB    char(4) NOT NULL,                                   -- reason 04xx
    QCRQ    char(8) NOT NULL,
    QWDSSXQ char(6),                                            -- destination
    HJYWID  bigint,
    CXBZ    char(1) NOT NULL DEFAULT '0'
);
CREATE INDEX hjyw_qczxxxb_ryid ON HJYW_QCZXXXB (RYID);

CREATE SEQUENCE seq_bggzid;
CREATE TABLE HJYW_BGGZXXB (                                     -- change and correction
    BGGZID  bigint PRIMARY KEY DEFAULT nextval('seq_bggzid'),
    RYID    bigint NOT NULL,
    BGGZLB  char(2) NOT NULL,                                   -- category, GA/T 2000.24
    BGGZQNR varchar(200),                                       -- before
    BGGZHNR varchar(200),                                       -- after
    BGGZRQ  char(8) NOT NULL,
    HJYWID  bigint,
    CXBZ    char(1) NOT NULL DEFAULT '0'
);
CREATE INDEX hjyw_bggzxxb_ryid ON HJYW_BGGZXXB (RYID);

-- Business journal: one row per act; HJYWID is the journal number.
CREATE SEQUENCE seq_hjywid;
CREATE TABLE HJLS_HJYWLSB (
    HJYWID bigint PRIMARY KEY DEFAULT nextval('seq_hjywid'),
    YWBZ   varchar(20) NOT NULL,                                -- business mark
    YWLX   char(1) NOT NULL DEFAULT '1',                        -- 1 individual, 2 whole household
    CZSM   integer NOT NULL,                                    -- records concerned
    SBSJ   char(8) NOT NULL,                                    -- accepted on
    SLSJ   char(14) NOT NULL,                                   -- written at
    SLDW   varchar(12),                                         -- unit that accepted
    SLRID  varchar(80),                                         -- operator
    WBAJH  varchar(80),                                         -- the gateway's case number
    WBBZ   varchar(80)                                          -- and step
);
CREATE INDEX hjls_hjywlsb_wbajh ON HJLS_HJYWLSB (WBAJH);
