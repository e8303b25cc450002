"""Text in the encodings of many countries: what it is read as, what is asked, what is refused."""

import random
from pathlib import Path

import pytest

from holdfast.errors import HoldfastError
from holdfast.service.init import init
from holdfast.settings_file import load_settings
from holdfast.sources.read import read_batches, read_table
from holdfast.table_settings import ReadSettings, TableSettings

TEXTS = {
    "Polish": ("Data złożenia;Klient;Wartość;Status", "2024-01-05;Łukasz Wiśniewski;1 234,56 zł;Wysłane"),
    "Czech": ("Datum;Zákazník;Částka;Stav", "2024-01-05;Jiří Dvořák;1 234,56 Kč;Doručeno"),
    "Hungarian": ("Dátum;Vevő;Összeg;Állapot", "2024-01-05;Szűcs Győző;1 234 Ft;Teljesítve"),
    "German": ("Datum;Kunde;Betrag;Status", "2024-01-05;Jürgen Groß;12,00 €;zurückgegeben"),
    "French": ("Date;Client;Société;État", "2024-01-05;Hélène Lefèvre;Noël & fils;Annulée"),
    "Spanish": ("Fecha;Cliente;Descripción;Importe", "2024-01-05;José Muñoz;Año nuevo;12"),
    "Portuguese": ("Data;Cliente;Situação;Valor", "2024-01-05;João Conceição;Concluído;12"),
    "Danish": ("Dato;Kunde;Beløb;By", "2024-01-05;Søren Kjær;12;Ålborg"),
    "Russian": ("Дата;Клиент;Сумма;Статус", "2024-01-05;Иван Петров;12;Оплачен"),
    "Greek": ("Ημερομηνία;Πελάτης;Ποσό;Πόλη", "2024-01-05;Γιώργος Παπαδόπουλος;12;Αθήνα"),
    "Turkish": ("Tarih;Müşteri;Tutar;Durum", "2024-01-05;Ayşe Yılmaz;12;Tamamlandı"),
    "Lithuanian": ("Data;Klientas;Suma;Būsena", "2024-01-05;Šarūnas Žukauskas;12;Įvykdyta"),
    "Japanese": ("注文日;お名前;お支払い合計;対応状況", "2024-01-05;山田太郎;12,340;発送済み"),
    "Chinese": ("日期;客户;金额;状态", "2024-01-05;张伟;123;已完成"),
    "traditional Chinese": ("日期;客戶;金額;狀態", "2024-01-05;陳偉;123;已完成"),
    "Korean": ("날짜;고객;금액;상태", "2024-01-05;김철수;12000;완료"),
}
WRITTEN = [
    ("Polish", "cp1250"), ("Polish", "iso8859-2"), ("Czech", "cp1250"), ("Hungarian", "cp1250"), ("German", "cp1252"),
    ("German", "mac_roman"), ("German", "cp850"), ("French", "cp1252"), ("French", "mac_roman"), ("Spanish", "cp1252"),
    ("Portuguese", "cp1252"), ("Danish", "cp1252"), ("Russian", "cp1251"), ("Russian", "koi8-r"), ("Russian", "cp866"),
    ("Greek", "cp1253"), ("Turkish", "cp1254"), ("Lithuanian", "cp1257"), ("Japanese", "cp932"), ("Japanese", "euc_jp"),
    ("Chinese", "gbk"), ("traditional Chinese", "big5"), ("Korean", "cp949"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "encoding"), WRITTEN)
def test_letters_are_read_as_they_were_written(tmp_path: Path, language: str, encoding: str) -> None:
    header, line = TEXTS[language]
    plain = ["2024-02-05;Anna Berg;12;ok"] * 3
    (tmp_path / "orders.csv").write_bytes("\n".join([header, *[line, *plain] * 20]).encode(encoding, errors="replace"))
    settings = TableSettings(files=("orders.csv",), holds="events", columns={})
    rows = read_table("orders", settings, tmp_path).rows
    assert rows.columns == ["_row", *header.split(";")]
    assert [*rows.row(0)[1:]] == line.encode(encoding, errors="replace").decode(encoding).split(";")
    batches = [batch.rows for batch in read_batches("orders", settings, tmp_path / "orders.csv", 7)]
    assert sum(batch.height for batch in batches) == rows.height
    assert batches[1].drop("_row").equals(rows[7:14].drop("_row"))


def test_a_few_new_rows_are_read_as_those_before_them(tmp_path: Path) -> None:
    lines = [f"2024-0{1 + n % 9}-05;k{n % 40};Łódź;{n + 10},50 zł" for n in range(200)]
    (tmp_path / "orders.csv").write_bytes("\n".join(["data;klient;miasto;kwota", *lines]).encode("cp1250"))
    init(tmp_path / "shop", ["orders.csv"], base=tmp_path)
    settings = load_settings(tmp_path / "shop" / "holdfast.yaml")
    (table,) = settings.tables.values()
    assert table.read.encoding == "windows-1250"
    (tmp_path / "new.csv").write_bytes("data;klient;miasto;kwota\n2024-10-05;k1;Nowa Ruda;9,50 zł".encode("cp1250"))
    new = table.model_copy(update={"files": ("new.csv",)})
    assert read_table("orders", new, tmp_path).rows["kwota"].to_list() == ["9,50 zł"]
    (tmp_path / "new.csv").write_bytes("data;klient;miasto;kwota\n2024-10-05;k1;Łódź;9,50 zł".encode())
    assert read_table("orders", new, tmp_path).rows["miasto"].to_list() == ["Łódź"]


def test_letters_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    dice = random.Random(1)
    lines = [bytes(dice.randrange(0x80, 0x100) for _ in range(12)) + b";1" for _ in range(60)]
    (tmp_path / "orders.csv").write_bytes(b"\n".join([b"name;amount", *lines]))
    settings = TableSettings(files=("orders.csv",), holds="events", columns={})
    with pytest.raises(HoldfastError, match="make no sense in any encoding") as refused:
        read_table("orders", settings, tmp_path)
    assert "UTF-8" in refused.value.fix
    named = settings.model_copy(update={"read": ReadSettings(encoding="latin-1")})
    assert read_table("orders", named, tmp_path).rows.height == 60


@pytest.mark.parametrize(
    "line", ["7;M{0};Basis;{0},90 €;monatlich", "7;M{0};Básico;S{0},90;12,50 €", "7;M{0};Plus;(€);x"]
)
@pytest.mark.parametrize("header", ["Nr;Mitglied;Tarif;Beitrag;Kündigung", "N.º;Sócio;Opção;Valor;Situação"])
def test_what_stands_alone_behind_an_amount_is_a_sign_of_money(tmp_path: Path, line: str, header: str) -> None:
    """Most bytes beyond ASCII are euro signs; as letters of other encodings, Ä and Ç, they would be usual ones."""
    lines = [line.format(number) for number in range(10, 90)]
    (tmp_path / "fees.csv").write_bytes("\n".join([header, *lines]).encode("cp1252"))
    rows = read_table("fees", TableSettings(files=("fees.csv",), holds="events", columns={}), tmp_path).rows
    assert rows.columns[1:] == header.split(";")
    assert "€" in "".join(map(str, rows.row(0)))
