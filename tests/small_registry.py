"""A registry of a few rows in each sandbox layout, for tests that look at single cells."""

from importlib import resources
from pathlib import Path

import asyncpg

from gateway.postgres import PostgresServer
from tongban_adapters.mapping import CityConfig, load_city
from tongban_adapters.migrations import migrate
from tongban_adapters.postgres import PostgresRegistry, install_companion, open_postgres

LAYOUTS = ("modern", "legacy")
CITIES = Path(__file__).parent.parent / "cities"
_CITY = {"modern": "hangzhou", "legacy": "wenzhou"}

_ROWS = {
    "modern": """
        INSERT INTO address (id, division_code, township_code, street, door, police_station_code, freeze_mode) VALUES
            (5, '330302', '330302001', '府前街', '1号', '330302001000', 'warn');
        INSERT INTO household (id, version, household_number, household_type, category_code, status, head_person_id,
                               address_id, established_on) VALUES
            (10, 3, '000000010', 'family', '6', 'active', 1, 5, '2001-05-06'),
            (9, 1, '000000009', 'family', '6', 'cancelled', NULL, 5, NULL);
        INSERT INTO person (id, version, id_number, name, former_name, sex, ethnic_code, birth_date, birthplace_code,
                            marital_code, education_code, relation_code, household_id, status, lock_status,
                            residence_code, spouse_name, spouse_id_number) VALUES
            (1, 7, '33030219751120904X', '叶一', '叶旧', 'M', '22', '1975-11-20', '330302', '21', '47', '02', 10,
             'active', 'none', '330782', '丁二', '330302197811309028'),
            (2, 1, '330302197811309028', '丁二', NULL, 'F', '01', '1978-11-30', NULL, '21', '20', '12', 10,
             'active', 'change_review', NULL, NULL, NULL),
            (9, 1, '330302200001019011', '𣲗三', NULL, 'Q', '01', NULL, NULL, NULL, NULL, '21', 10,
             'moved_out', 'none', NULL, NULL, NULL),
            (10, 1, '33030220010101903x', '𣲗三', NULL, 'M', '01', '2001-01-01', NULL, '10', '99', '21', 10,
             'active', 'none', NULL, NULL, NULL);
        ALTER TABLE person ALTER COLUMN lock_status DROP NOT NULL;
        UPDATE person SET lock_status = NULL WHERE id = 9;
        UPDATE person SET moved_to_code = '330106', moved_on = '2021-03-01' WHERE id = 9;
        INSERT INTO book_issue (id, version, household_id, reason, status, issued_on, issuing_office_code) VALUES
            (100, 2, 10, 'first', 'valid', '2001-05-06', '330302001000');
        INSERT INTO id_card (id, person_id, card_class, status, issuing_organ, valid_from, valid_until) VALUES
            (50, 1, 'gen2', 'normal', '温州市公安局鹿城分局', '2021-06-01', NULL),
            (51, 2, 'gen2', 'lost', '温州市公安局鹿城分局', '2011-06-01', '2031-06-01');
        INSERT INTO card_application (id, person_id, acceptance_number, reason_code, status, accepted_on, fee_yuan)
            VALUES (60, 2, '330302A000000060', '41', 'registry_review', '2021-05-31', 40);
        INSERT INTO move (id, person_id, direction, reason_code, moved_on, other_division_code) VALUES
            (70, 9, 'in', '33', '2015-01-02', '330104'), (71, 9, 'out', '62', '2021-03-01', '330106');
        INSERT INTO item_change (id, person_id, category_code, value_before, value_after, changed_on) VALUES
            (80, 1, '21', '叶旧', '叶一', '1999-09-09');
        SELECT setval('book_issue_id_seq', 1000), setval('business_journal_id_seq', 7000);
    """,
    "legacy": """
        INSERT INTO HJXX_MLPXXXXB (MLPNBID, MLPID, SSXQ, XZJD, JLX, MLPH, PCS) VALUES
            (5001, 5, '330302', '330302001', '府前街', '1号', '330302001');
        INSERT INTO HJXZ_MLPXXDJB (MLPID, DJFS) VALUES (5, '1');
        INSERT INTO HJXX_HXXB (HHNBID, HHID, MLPNBID, MLPID, HH, HLX, HB, HHZT, JHSJ, JLBZ) VALUES
            (2, 10, 5001, 5, '000000010', '1', '1', '0', '20010506', '2'),
            (3, 10, 5001, 5, '000000010', '1', '6', '0', '20010506', '1'),
            (1, 9, 5001, 5, '000000009', '1', '6', '2', NULL, '1');
        INSERT INTO HJXX_CZRKJBXXB (RYNBID, RYID, HHID, GMSFHM, XM, CYM, XB, MZ, CSRQ, CSDSSXQ, HYZK, WHCD, YHZGX, SSXQ,
                                    XZJD, JLX, MLPH, PCS, JZDSSXQ, POXM, POGMSFHM, RYZT, RYSDZT, JLBZ) VALUES
            (6, 1, 10, '33030219751120904x', '叶旧', NULL, '1', '22', '19751120', '330302', '10', '51', '02', '330302',
             '330302001', '府前街', '1号', '330302001', '330782', NULL, NULL, '0', '0', '2'),
            (7, 1, 10, '33030219751120904x', '叶一', '叶旧', '1', '22', '19751120', '330302', '21', '51', '02',
             '330302', '330302001', '府前街', '1号', '330302001', '330782', '丁二', '330302197811309028', '0', '0',
             '1'),
            (11, 2, 10, '330302197811309028', '丁二', NULL, '2', '01', '19781130', NULL, '21', '21', '12', '330302',
             '330302001', '府前街', '1号', '330302001', NULL, NULL, NULL, '0', '5', '1'),
            (12, 9, 10, '330302200001019011', '𣲗三', NULL, 'Q', '01', '20000231', NULL, NULL, NULL, '21', '330302',
             '330302001', '府前街', '1号', '330302001', NULL, NULL, NULL, '2', '0', '1'),
            (13, 10, 10, '33030220010101903x', '𣲗三', NULL, '1', '01', '20010101', NULL, '10', 'ZZ', '21', '330302',
             '330302001', '府前街', '1号', '330302001', NULL, NULL, NULL, '0', ' ', '1');
        ALTER TABLE HJXX_CZRKJBXXB ALTER COLUMN RYSDZT DROP NOT NULL;
        UPDATE HJXX_CZRKJBXXB SET RYSDZT = NULL WHERE RYNBID = 12;
        UPDATE HJXX_CZRKJBXXB SET QWDSSXQ = '330106', QCRQ = '20210301' WHERE RYNBID = 12;
        INSERT INTO HJYW_HKBQFXXB (HKBNBID, HKBID, HHID, QFYY, HKBZT, QFRQ, QFDW, QYSJ) VALUES
            (2, 100, 10, '1', '1', '20010506', '330302001', '20010506120000');
        ALTER TABLE HJYW_HKBQFXXB ADD COLUMN BZ text;
        UPDATE HJYW_HKBQFXXB SET BZ = '不在映射中';
        INSERT INTO ZJXX_JMSFZXXB (NBSFZID, RYID, QFJG, YXQXQSRQ, YXQXJZRQ, ZJLB, ZJZT) VALUES
            (50, 1, '温州市公安局鹿城分局', '20210601', '长期', '2', '1'),
            (51, 2, '温州市公安局鹿城分局', '20110601', '20310601', '2', '2');
        INSERT INTO ZJYW_SLXXB (NBSLID, RYID, SLH, SLYY, SLZT, SLRQ, SFJE) VALUES
            (60, 2, '330302A000000060', '41', '11', '20210531', 40);
        INSERT INTO HJYW_QRDJXXB (QRDJID, RYID, QRLB, QRRQ, QCDSSXQ) VALUES (70, 9, '0333', '20150102', '330104');
        INSERT INTO HJYW_QCZXXXB (QCZXID, RYID, QCLB, QCRQ, QWDSSXQ) VALUES (71, 9, '0462', '20210301', '330106');
        INSERT INTO HJYW_BGGZXXB (BGGZID, RYID, BGGZLB, BGGZQNR, BGGZHNR, BGGZRQ) VALUES
            (80, 1, '21', '叶旧', '叶一', '19990909');
        INSERT INTO HJYW_BGGZXXB (BGGZID, RYID, BGGZLB, BGGZRQ, CXBZ) VALUES (81, 1, '31', '20000101', '1');
        SELECT setval('seq_hkbid', 1000), setval('seq_hkbnbid', 2000), setval('seq_hjywid', 7000);
    """,
}


def config_of(layout: str) -> CityConfig:
    """Return the configuration of a city that uses the layout."""
    return load_city(CITIES / f"{_CITY[layout]}.toml")


async def small_database(server: PostgresServer, layout: str, name: str) -> str:
    """Make a database with the layout, the companion schema and the few rows; return its role's address."""
    url = await server.ensure_database(name, name, "secret")
    connection = await asyncpg.connect(url)
    try:
        await migrate(connection, resources.files("tongban_adapters.sandbox.layouts") / layout)
        await connection.execute(_ROWS[layout])
    finally:
        await connection.close()
    await install_companion(url)
    return url


async def copy_database(server: PostgresServer, template: str, name: str) -> str:
    """Make a database anew as a copy of a small one, which is much faster; return its role's address."""
    await server.drop_database(name)
    admin = await asyncpg.connect(server.admin_url())
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {template}")
    finally:
        await admin.close()
    return server.url(name, template, "secret")


def small_registry(layout: str, url: str) -> PostgresRegistry:
    """Open the registry in that database as a city would be opened."""
    return open_postgres(config_of(layout), url)
