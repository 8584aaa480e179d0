// S3 Select's language over records of CSV and JSON, without a bucket around them.
#include <gtest/gtest.h>

#include "base/gzip.h"
#include "services/s3/select_input.h"

namespace s3::select {

namespace {

Pull pieces_of(std::string text, std::size_t piece_bytes) {
  auto rest = std::make_shared<std::string>(std::move(text));
  return [rest, piece_bytes]() -> Result<std::string> {
    std::string piece = rest->substr(0, piece_bytes);
    rest->erase(0, piece.size());
    return piece;
  };
}

// What the query answers, or its error's code.
std::string answer(std::string_view sql, RecordReader& records, const OutputForm& form) {
  auto query = parse_query(sql);
  if (!query) return query.error().code;
  std::string all;
  auto done = run_query(
      {.query = *query, .records = records, .form = form, .now_ms = 1'767'225'600'000, .flush = [&](std::string& out) {
         all += std::exchange(out, {});
       }});
  return done ? all : done.error().code;
}

std::string csv(std::string_view sql, std::string text, CsvForm form = {}, std::size_t piece_bytes = 3) {
  auto records = make_csv_reader(pieces_of(std::move(text), piece_bytes), form, {});
  return answer(sql, *records, {});
}
std::string json(std::string_view sql, std::string text, std::size_t piece_bytes = 3) {
  auto records = make_json_reader(pieces_of(std::move(text), piece_bytes), JsonType::kDocument, {});
  return answer(sql, *records, {.is_json = true});
}
std::string value_of(std::string_view expression) {
  std::string text = csv("SELECT " + std::string(expression) + " FROM S3Object", "x\n");
  return text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
}

}  // namespace

constexpr CsvForm kWithHeader{.header = CsvForm::Header::kUse};

TEST(Select, ColumnsByPlaceAndByName) {
  EXPECT_EQ(csv("select * from s3object", "a,b\n1,2\n"), "a,b\n1,2\n");
  EXPECT_EQ(csv("SELECT s._2 FROM S3Object s", "a,b\n1,2"), "b\n2\n");
  EXPECT_EQ(csv("SELECT s.Name, _2 FROM S3Object AS s WHERE s.age > 30", "name,age\nann,31\nbob,30\n", kWithHeader),
            "ann,31\n");
  EXPECT_EQ(csv("SELECT \"Name\" FROM S3Object", "name\nann\n", kWithHeader), "MissingHeaders");
  EXPECT_EQ(csv("SELECT \"name\" FROM S3Object", "name\nann\n", kWithHeader), "ann\n");
  EXPECT_EQ(csv("SELECT _1, _3 FROM S3Object", "a,b\n"), "a,\n");
  EXPECT_EQ(csv("SELECT nope FROM S3Object", "a,b\n"), "MissingHeaders");
  EXPECT_EQ(csv("SELECT _0 FROM S3Object", "a,b\n"), "InvalidColumnIndex");
  EXPECT_EQ(csv("SELECT * FROM S3Object", "h\nx\n", {.header = CsvForm::Header::kIgnore}), "x\n");
}

TEST(Select, QuotesAndDelimiters) {
  EXPECT_EQ(csv("SELECT _1 FROM S3Object", "\"a,b\",c\n"), "\"a,b\"\n");
  EXPECT_EQ(csv("SELECT _1 FROM S3Object", "\"say \"\"hi\"\"\",c\r\n"), "\"say \"\"hi\"\"\"\n");
  EXPECT_EQ(csv("SELECT _2 FROM S3Object", "\"a\nb\",c\n"), "CSVUnescapedQuote");
  EXPECT_EQ(csv("SELECT _2 FROM S3Object", "\"a\nb\",c\n", {.allows_quoted_record_delimiter = true}), "c\n");
  EXPECT_EQ(csv("SELECT _2 FROM S3Object", "a|b||c|d||", {.record_delimiter = "||", .field_delimiter = '|'}), "b\nd\n");
  EXPECT_EQ(csv("SELECT * FROM S3Object", "#no\nyes\n"), "yes\n");
  EXPECT_EQ(csv("SELECT * FROM S3Object", "\"a"), "CSVParsingError");
  EXPECT_EQ(csv("SELECT _1 FROM S3Object", std::string(kRecordBytesMax, 'a') + "\n", {}, 65'536).size(),
            kRecordBytesMax + 1);
  EXPECT_EQ(csv("SELECT _1 FROM S3Object", std::string(kRecordBytesMax + 2, 'a') + "\n", {}, 65'536),
            "OverMaxRecordSize");
}

TEST(Select, Aggregates) {
  const std::string numbers = "1,0.1\n2,0.2\n,\nx,0.3\n";
  EXPECT_EQ(csv("SELECT COUNT(*), SUM(CAST(_2 AS DECIMAL)) FROM S3Object WHERE _2 <> ''", numbers), "3,0.6\n");
  EXPECT_EQ(csv("SELECT AVG(CAST(_1 AS INT)) a, MIN(_1), MAX(CAST(_1 AS INT)) FROM S3Object LIMIT 5", "1\n2\n10\n4\n"),
            "4.25,1,10\n");
  EXPECT_EQ(csv("SELECT COUNT(*) FROM S3Object", ""), "0\n");
  EXPECT_EQ(csv("SELECT _1, COUNT(*) FROM S3Object", "a\n"), "UnsupportedSqlStructure");
  EXPECT_EQ(csv("SELECT SUM(*) FROM S3Object", "a\n"), "ParseUnsupportedCallWithStar");
  EXPECT_EQ(csv("SELECT CAST(_1 AS INT) FROM S3Object", "a\n"), "CastFailed");
}

TEST(Select, Conditions) {
  EXPECT_EQ(value_of("1 + 2 * 3 - -4"), "11");
  EXPECT_EQ(value_of("7 / 2"), "3");
  EXPECT_EQ(value_of("7.0 / 2"), "3.5");
  EXPECT_EQ(value_of("7 % 4"), "3");
  EXPECT_EQ(value_of("1 / 0"), "DivideByZero");
  EXPECT_EQ(value_of("NOT (1 = 1 AND 2 BETWEEN 3 AND 4) OR NULL"), "true");
  EXPECT_EQ(value_of("NULL AND FALSE"), "false");
  EXPECT_EQ(value_of("NULL OR FALSE"), "");
  EXPECT_EQ(value_of("3 IN (1, 2, 3)"), "true");
  EXPECT_EQ(value_of("3 NOT IN (1, 2)"), "true");
  EXPECT_EQ(value_of("'abc' LIKE 'a%c'"), "true");
  EXPECT_EQ(value_of("'abc' NOT LIKE '_b'"), "true");
  EXPECT_EQ(value_of("'a%' LIKE 'a!%' ESCAPE '!'"), "true");
  EXPECT_EQ(value_of("'ab' LIKE 'a!%' ESCAPE '!'"), "false");
  EXPECT_EQ(value_of("'ab' LIKE 'a!b' ESCAPE '!'"), "EvaluatorLikePatternInvalidEscapeSequence");
  EXPECT_EQ(value_of("_9 IS MISSING"), "true");
  EXPECT_EQ(value_of("_1 IS NOT NULL"), "true");
  EXPECT_EQ(value_of("CASE WHEN 1 = 2 THEN 'a' WHEN 1 = 1 THEN 'b' ELSE 'c' END"), "b");
  EXPECT_EQ(value_of("CASE 5 WHEN 4 THEN 'a' ELSE 'c' END"), "c");
  EXPECT_EQ(value_of("'a' || 'b'"), "ab");
}

TEST(Select, Functions) {
  EXPECT_EQ(value_of("UPPER('aé') || LOWER('B')"), "Aéb");
  EXPECT_EQ(value_of("CHAR_LENGTH('é€')"), "2");
  EXPECT_EQ(value_of("SUBSTRING('123456789', 0)"), "123456789");
  EXPECT_EQ(value_of("SUBSTRING('123456789' FROM 1 FOR 3)"), "123");
  EXPECT_EQ(value_of("SUBSTRING('123456789', -1, 4)"), "12");
  EXPECT_EQ(value_of("TRIM('  x ') || '|'"), "x|");
  EXPECT_EQ(value_of("TRIM(LEADING FROM '  x ') || '|'"), "x |");
  EXPECT_EQ(value_of("TRIM(BOTH '12' FROM '1112211foobar22211122')"), "foobar");
  EXPECT_EQ(value_of("COALESCE(NULL, MISSING, 3)"), "3");
  EXPECT_EQ(value_of("NULLIF(3, 3)"), "");
  EXPECT_EQ(value_of("CAST('12.9' AS INT)"), "12");
  EXPECT_EQ(value_of("CAST('true' AS BOOL)"), "true");
  EXPECT_EQ(value_of("NOPE(1)"), "UnsupportedFunction");
  EXPECT_EQ(value_of("UPPER()"), "EvaluatorInvalidArguments");
}

TEST(Select, Dates) {
  EXPECT_EQ(value_of("DATE_ADD(year, 5, `2010-01-01T`)"), "2015-01-01");
  EXPECT_EQ(value_of("DATE_ADD(month, 1, `2010T`)"), "2010-02T");
  EXPECT_EQ(value_of("DATE_ADD(month, 1, `2024-01-31`)"), "2024-02-29");
  EXPECT_EQ(value_of("DATE_ADD(day, -1, `2017-01-10T`)"), "2017-01-09");
  EXPECT_EQ(value_of("DATE_ADD(minute, 1, `2017-01-02T03:04:05.006Z`)"), "2017-01-02T03:05:05.006Z");
  EXPECT_EQ(value_of("DATE_DIFF(year, `2010-01-01T`, `2011-01-01T`)"), "1");
  EXPECT_EQ(value_of("DATE_DIFF(month, `2011T`, `2010T`)"), "-12");
  EXPECT_EQ(value_of("DATE_DIFF(day, `2010-01-01T23:00Z`, `2010-01-02T01:00Z`)"), "0");
  EXPECT_EQ(value_of("EXTRACT(hour FROM `2010-01-01T03:04:05+07:08`)"), "3");
  EXPECT_EQ(value_of("EXTRACT(timezone_minute FROM `2010-01-01T03:04:05+07:08`)"), "8");
  EXPECT_EQ(value_of("TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y h:m a')"), "\"July 20, 1969 8:18 PM\"");
  EXPECT_EQ(value_of("TO_STRING(`1969-07-20T20:18:13+08:00`, 'yyyy-MM-dd''T''H:m:ssXXX')"),
            "1969-07-20T20:18:13+08:00");
  EXPECT_EQ(value_of("TO_STRING(`1969-07-20T`, 'Q')"), "EvaluatorInvalidTimestampFormatPatternSymbol");
  EXPECT_EQ(value_of("TO_TIMESTAMP('2007-02-23T12:14:33.079-08:00')"), "2007-02-23T12:14:33.079-08:00");
  EXPECT_EQ(value_of("TO_TIMESTAMP('yesterday')"), "ValueParseFailure");
  EXPECT_EQ(value_of("UTCNOW()"), "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(value_of("CAST('2007-04-05T14:30Z' AS TIMESTAMP) < UTCNOW()"), "true");
}

TEST(Select, PathsIntoJson) {
  const std::string rules = R"({"Rules": [{"id": "1"}, {"expr": "y > x"}, {"id": "2"}]} {"created": "June 27"})";
  EXPECT_EQ(json("SELECT id FROM S3Object[*].Rules[*].id", rules), "{\"id\":\"1\"}\n{}\n{\"id\":\"2\"}\n{}\n");
  EXPECT_EQ(json("SELECT s.Rules[0].id x FROM S3Object s", rules), "{\"x\":\"1\"}\n{}\n");
  EXPECT_EQ(json("SELECT * FROM S3Object[*][*] s WHERE s.a = 2", R"([{"a": 1}, {"a": 2.0}])"), "{\"a\":2.0}\n");
  EXPECT_EQ(json("SELECT s._1 FROM S3Object[*][*] s", "[1, 2]"), "{\"_1\":1}\n{\"_1\":2}\n");
  EXPECT_EQ(json("SELECT d.b['C d'] AS x FROM S3Object d", R"({"b": {"C d": [true, null]}})"), "{\"x\":[true,null]}\n");
  EXPECT_EQ(json("SELECT * FROM S3Object", "{\"a\""), "JSONParsingError");
}

TEST(Select, RefusesWhatIsNoQuery) {
  EXPECT_EQ(csv("SELECT", ""), "ParseEmptySelect");
  EXPECT_EQ(csv("SELECT *", ""), "ParseSelectMissingFrom");
  EXPECT_EQ(csv("SELECT *, _1 FROM S3Object", ""), "ParseAsteriskIsNotAloneInSelectList");
  EXPECT_EQ(csv("SELECT * FROM elsewhere", ""), "InvalidTableAlias");
  EXPECT_EQ(csv("SELECT ! FROM S3Object", ""), "LexerInvalidChar");
  EXPECT_EQ(csv("SELECT 'a FROM S3Object", ""), "LexerInvalidLiteral");
  EXPECT_EQ(csv("SELECT * FROM S3Object GROUP BY _1", ""), "ParseUnsupportedSyntax");
  EXPECT_EQ(csv("SELECT * FROM S3Object LIMIT -1", ""), "EvaluatorNegativeLimit");
  EXPECT_EQ(csv("SELECT * FROM S3Object LIMIT x", ""), "ParseExpectedNumber");
  EXPECT_EQ(csv("SELECT * FROM S3Object WHERE", ""), "ParseExpectedExpression");
  EXPECT_EQ(csv("SELECT CAST(_1 AS BLOB) FROM S3Object", ""), "ParseExpectedTypeName");
  EXPECT_EQ(csv("SELECT * FROM S3Object LIMIT 1", "a\nb\n"), "a\n");
  EXPECT_EQ(csv("SELECT * FROM S3Object LIMIT 0", "a\nb\n"), "");
  const std::string nested(kExpressionDepthMax + 1, '(');
  EXPECT_EQ(csv("SELECT " + nested + " FROM S3Object", ""), "UnsupportedSqlStructure");
  EXPECT_EQ(csv("SELECT '" + std::string(kExpressionBytesMax, 'a') + "' FROM S3Object", ""), "ExpressionTooLong");
}

TEST(Select, RangesTakeTheRecordsThatBeginInThem) {
  auto range = [](std::uint64_t first, std::uint64_t last) {
    auto records = make_csv_reader(pieces_of("aa\nbb\ncc\n", 2), {}, {first, last});
    return answer("SELECT * FROM S3Object", *records, {});
  };
  EXPECT_EQ(range(0, 2), "aa\n");
  EXPECT_EQ(range(0, 3), "aa\nbb\n");
  EXPECT_EQ(range(1, 5), "bb\n");
  EXPECT_EQ(range(6, 100), "cc\n");
  EXPECT_EQ(range(7, 100), "");
}

TEST(Select, UnpacksGzip) {
  const std::string packed = base::gzip("a,b\n") + base::gzip("c,d\n");
  auto read = [](std::string bytes) {
    auto records = make_csv_reader(unpacked(pieces_of(std::move(bytes), 7), Compression::kGzip), {}, {});
    return answer("SELECT _2 FROM S3Object", *records, {});
  };
  EXPECT_EQ(read(packed), "b\nd\n");
  EXPECT_EQ(read(packed.substr(0, packed.size() - 4)), "TruncatedInput");
  EXPECT_EQ(read("plain text"), "InvalidCompressionFormat");
}

}  // namespace s3::select
