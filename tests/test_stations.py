"""The synthetic directory of stations."""

from datetime import date

from tongban_adapters import divisions
from tongban_adapters.stations import STATIONS, stations_in


def test_every_county_of_today_has_stations_of_its_own_city() -> None:
    today = divisions.on(date(2026, 1, 1))
    for code, county in today.items():
        stations = stations_in(code)
        assert len(stations) >= 3
        assert {station.city for station in stations} == {county.city}
    assert {station.division for station in STATIONS.values()} == set(today)


def test_a_station_code_is_county_number_and_three_zeros() -> None:
    for code, station in STATIONS.items():
        assert code == station.code
        assert len(code) == 12
        assert code.isdigit()
        assert code[:6] == station.division
        assert code[9:] == "000"


def test_the_stations_of_the_story_are_first_in_their_counties() -> None:
    yiwu, lucheng = stations_in("330782")[0], stations_in("330302")[0]
    assert (yiwu.code, yiwu.city, yiwu.name_zh) == ("330782001000", "jinhua", "义乌市江东派出所")
    assert yiwu.name_en == "Jiangdong Police Station, Yiwu"
    assert (lucheng.code, lucheng.city, lucheng.name_zh) == ("330302001000", "wenzhou", "鹿城区五马派出所")


def test_every_station_has_a_name_of_its_own_in_both_languages() -> None:
    assert len({station.name_zh for station in STATIONS.values()}) == len(STATIONS)
    assert len({station.name_en for station in STATIONS.values()}) == len(STATIONS)


def test_an_abolished_county_has_no_station() -> None:
    assert stations_in("330104") == ()
