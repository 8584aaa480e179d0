#include "base/time_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace base {
namespace {

constexpr std::int64_t kTime = 1'672'628'645'000;  // 2023-01-02T03:04:05Z, a Monday

TEST(TimeText, Iso8601) {
  EXPECT_EQ(format_iso8601(kTime), "2023-01-02T03:04:05Z");
  EXPECT_EQ(format_iso8601(kTime + 7), "2023-01-02T03:04:05.007Z");
  EXPECT_EQ(format_iso8601(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_iso8601(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_iso8601(-86'400'000), "1969-12-31T00:00:00Z");
  EXPECT_EQ(format_iso8601(std::numeric_limits<std::int64_t>::max()), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(format_iso8601(std::numeric_limits<std::int64_t>::min()), "0000-01-01T00:00:00Z");
}

TEST(TimeText, ReadsIso8601) {
  for (std::string_view text : {"2023-01-02T03:04:05Z", "2023-01-02T03:04:05.000Z", "2023-01-02t03:04:05z",
                                "2023-01-02 03:04:05", "2023-01-02T03:04:05+00:00", "2023-01-02T04:04:05+01:00",
                                "2023-01-02T04:34:05+0130", "2023-01-01T22:04:05-05", "2023-01-02T03:04:05.0009Z"})
    EXPECT_EQ(parse_iso8601(text), kTime) << text;
  EXPECT_EQ(parse_iso8601("2023-01-02T03:04:05.5Z"), kTime + 500);
  EXPECT_EQ(parse_iso8601("2023-01-02T03:04:05.123456789Z"), kTime + 123);
  EXPECT_EQ(parse_iso8601("2023-01-02T03:04Z"), kTime - 5000);
  EXPECT_EQ(parse_iso8601("2000-02-29"), 951'782'400'000);
  EXPECT_EQ(parse_iso8601("2016-12-31T23:59:60Z"), parse_iso8601("2017-01-01T00:00:00Z"));
  for (std::string_view text : {"", "2023", "2023-1-02", "2023-02-29", "2023-13-01", "2023-00-01", "2023-01-00",
                                "2023-01-02T", "2023-01-02T24:00:00Z", "2023-01-02T03:60:00Z", "2023-01-02T03:04:61Z",
                                "2023-01-02T03:04:05.Z", "2023-01-02T03:04:05ZZ", "2023-01-02T03:04:05+1",
                                "2023-01-02T03:04:05+24:00", "x2023-01-02", "2023-01-02T03:04:05 Z"})
    EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
}

TEST(TimeText, HttpDate) {
  EXPECT_EQ(format_http_date(kTime + 999), "Mon, 02 Jan 2023 03:04:05 GMT");
  EXPECT_EQ(format_http_date(784'111'777'000), "Sun, 06 Nov 1994 08:49:37 GMT");
  for (std::string_view text : {"Mon, 02 Jan 2023 03:04:05 GMT", "Mon, 2 Jan 2023 03:04:05 GMT",
                                "02 Jan 2023 03:04:05 UTC", "mon, 02 jan 2023 04:04:05 +0100"})
    EXPECT_EQ(parse_http_date(text), kTime) << text;
  EXPECT_EQ(parse_http_date("Mon, 02 Jan 2023 03:04:05.456 GMT"), kTime + 456);
  for (std::string_view text :
       {"", "Mon", "Mon, 02 Jan 2023", "Mon 02 Jan 2023 03:04:05 GMT", "Mon, 32 Jan 2023 03:04:05 GMT",
        "Mon, 02 Foo 2023 03:04:05 GMT", "Mon, 02 Jan 2023 03:04:05", "Mon, 02 Jan 2023 03:04:05 GMTx",
        "Mon, 02 Jan 23 03:04:05 GMT"})
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
}

TEST(TimeText, EpochSeconds) {
  EXPECT_EQ(format_epoch_seconds(kTime), "1672628645");
  EXPECT_EQ(format_epoch_seconds(kTime + 120), "1672628645.12");
  EXPECT_EQ(format_epoch_seconds(kTime + 7), "1672628645.007");
  EXPECT_EQ(format_epoch_seconds(-1500), "-1.5");
  EXPECT_EQ(format_epoch_seconds(0), "0");
  EXPECT_EQ(parse_epoch_seconds("1672628645"), kTime);
  EXPECT_EQ(parse_epoch_seconds("1672628645.0074"), kTime + 7);
  EXPECT_EQ(parse_epoch_seconds("1.672628645E9"), kTime);
  EXPECT_EQ(parse_epoch_seconds("-1.5"), -1500);
  for (std::string_view text : {"", "x", "1s", "nan", "inf", "1e17", "-1e300"})
    EXPECT_EQ(parse_epoch_seconds(text), std::nullopt) << text;
}

TEST(TimeText, AnyForm) {
  for (std::string_view text : {"2023-01-02T03:04:05Z", "Mon, 02 Jan 2023 03:04:05 GMT", "1672628645"})
    EXPECT_EQ(parse_timestamp(text), kTime);
  EXPECT_EQ(parse_timestamp("tomorrow"), std::nullopt);
}

TEST(TimeText, BasicForm) {
  EXPECT_EQ(format_basic_time(kTime), "20230102T030405Z");
  EXPECT_EQ(format_basic_date(kTime), "20230102");
  EXPECT_EQ(parse_basic_time("20230102T030405Z"), kTime);
  for (std::string_view text :
       {"", "20230102", "20230102T030405", "20230102T030405ZZ", "20231302T030405Z", "2023010aT030405Z"})
    EXPECT_EQ(parse_basic_time(text), std::nullopt) << text;
}

TEST(TimeText, AgreesWithItselfOverTheCenturies) {
  for (std::int64_t time_ms = -62'167'219'200'000; time_ms < 253'402'300'800'000;
       time_ms += 86'400'000LL * 137 + 3'723'004) {
    EXPECT_EQ(parse_iso8601(format_iso8601(time_ms)), time_ms);
    std::int64_t second_ms = time_ms - ((time_ms % 1000) + 1000) % 1000;
    EXPECT_EQ(parse_http_date(format_http_date(time_ms)), second_ms);
    EXPECT_EQ(parse_basic_time(format_basic_time(time_ms)), second_ms);
  }
}

}  // namespace
}  // namespace base
