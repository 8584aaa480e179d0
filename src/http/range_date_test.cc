#include <gtest/gtest.h>

#include "http/date.h"
#include "http/range.h"

namespace http {
namespace {

using Kind = RangeRequest::Kind;

std::vector<ByteRange> parts(std::string_view header, std::uint64_t size) {
  RangeRequest request = parse_range(header, size);
  EXPECT_EQ(request.kind, Kind::kPart) << header;
  return request.ranges;
}

TEST(Range, IsCutToWhatThereIs) {
  EXPECT_EQ(parts("bytes=0-9", 100), (std::vector<ByteRange>{{0, 10}}));
  EXPECT_EQ(parts("bytes=90-", 100), (std::vector<ByteRange>{{90, 10}}));
  EXPECT_EQ(parts("bytes=90-200", 100), (std::vector<ByteRange>{{90, 10}}));
  EXPECT_EQ(parts("bytes=-10", 100), (std::vector<ByteRange>{{90, 10}}));
  EXPECT_EQ(parts("bytes=-1000", 100), (std::vector<ByteRange>{{0, 100}}));
  EXPECT_EQ(parts("bytes=99-99", 100), (std::vector<ByteRange>{{99, 1}}));
  EXPECT_EQ(parts("Bytes=0-0, 5-6,200-", 100), (std::vector<ByteRange>{{0, 1}, {5, 2}}));
}

TEST(Range, IsUnsatisfiableBeyondTheEnd) {
  EXPECT_EQ(parse_range("bytes=100-", 100).kind, Kind::kUnsatisfiable);
  EXPECT_EQ(parse_range("bytes=-0", 100).kind, Kind::kUnsatisfiable);
  EXPECT_EQ(parse_range("bytes=0-", 0).kind, Kind::kUnsatisfiable);
  EXPECT_EQ(parse_range("bytes=-5", 0).kind, Kind::kUnsatisfiable);
}

TEST(Range, IsIgnoredWhenNotOfTheForm) {
  for (std::string_view header : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "lines=0-1",
                                  "bytes=0-1,x", "bytes=--1", "bytes=1", "bytes=99999999999999999999-"})
    EXPECT_EQ(parse_range(header, 100).kind, Kind::kWhole) << header;
}

TEST(Range, IsToldInContentRange) {
  EXPECT_EQ(content_range({0, 10}, 100), "bytes 0-9/100");
  EXPECT_EQ(unsatisfied_content_range(100), "bytes */100");
}

TEST(Date, IsWrittenAndReadBack) {
  EXPECT_EQ(format_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
  EXPECT_EQ(parse_date("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777);
  EXPECT_EQ(parse_date("Sun Nov  6 08:49:37 1994"), 784111777);
  for (std::time_t second : {std::time_t{951'782'400}, std::time_t{4'102'444'799}})
    EXPECT_EQ(parse_date(format_date(second)), second);
}

TEST(Date, IsRefusedWhenNotOfTheForm) {
  for (std::string_view text : {"", "now", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
                                "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 94 8:49:37 GMT"})
    EXPECT_EQ(parse_date(text), std::nullopt) << text;
}

}  // namespace
}  // namespace http
