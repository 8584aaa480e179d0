#include "base/cbor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/bytes.h"
#include "base/json.h"

namespace base {
namespace {

// The item given in hexadecimal digits, as JSON.
std::string read(std::string_view hex) {
  auto value = parse_cbor(*from_hex(hex));
  return value ? to_json(*value) : value.error().code;
}

TEST(Cbor, ReadsTheExamplesOfTheStandard) {  // RFC 8949, appendix A
  for (auto [hex, json] : std::vector<std::pair<const char*, const char*>>{
           {"00", "0"},
           {"17", "23"},
           {"1818", "24"},
           {"1903e8", "1000"},
           {"1a000f4240", "1000000"},
           {"1b000000e8d4a51000", "1000000000000"},
           {"1bffffffffffffffff", "18446744073709551616.0"},
           {"3bffffffffffffffff", "-18446744073709551616.0"},
           {"20", "-1"},
           {"3903e7", "-1000"},
           {"c249010000000000000000", "18446744073709551616.0"},
           {"c349010000000000000000", "-18446744073709551616.0"},
           {"f90000", "0.0"},
           {"f98000", "-0.0"},
           {"f93c00", "1.0"},
           {"f93e00", "1.5"},
           {"f97bff", "65504.0"},
           {"f90001", "5.960464477539063e-08"},
           {"f90400", "6.103515625e-05"},
           {"f9c400", "-4.0"},
           {"fb3ff199999999999a", "1.1"},
           {"fa47c35000", "100000.0"},
           {"f97c00", "\"Infinity\""},
           {"f97e00", "\"NaN\""},
           {"f9fc00", "\"-Infinity\""},
           {"fa7f800000", "\"Infinity\""},
           {"f4", "false"},
           {"f5", "true"},
           {"f6", "null"},
           {"f7", "null"},
           {"c11a514b67b0", "1363896240"},
           {"c1fb41d452d9ec200000", "1363896240.5"},
           {"40", "\"\""},
           {"4401020304", "\"\\u0001\\u0002\\u0003\\u0004\""},
           {"6449455446", "\"IETF\""},
           {"62c3bc", "\"\xC3\xBC\""},
           {"80", "[]"},
           {"8301820203820405", "[1,[2,3],[4,5]]"},
           {"a0", "{}"},
           {"a26161016162820203", R"({"a":1,"b":[2,3]})"},
           {"5f42010243030405ff", "\"\\u0001\\u0002\\u0003\\u0004\\u0005\""},
           {"7f657374726561646d696e67ff", "\"streaming\""},
           {"9fff", "[]"},
           {"9f018202039f0405ffff", "[1,[2,3],[4,5]]"},
           {"bf61610161629f0203ffff", R"({"a":1,"b":[2,3]})"},
           {"c48221196ab3", "273.15"}})
    EXPECT_EQ(read(hex), json) << hex;
}

TEST(Cbor, BigNumbersThatFitStayWhole) {
  EXPECT_EQ(read("c24100"), "0");
  EXPECT_EQ(read("c2420100"), "256");
  EXPECT_EQ(read("c3420100"), "-257");
  EXPECT_EQ(read("c248ffffffffffffffff"), "18446744073709551616.0");
}

TEST(Cbor, RefusesWhatIsMalformed) {
  for (std::string_view hex : {"",
                               "18",
                               "19ff",
                               "1c",
                               "1f",
                               "3f",
                               "41",
                               "62c3",
                               "61ff",
                               "5f41",
                               "5f6161ff",
                               "5f5f4100ffff",
                               "81",
                               "9f",
                               "a1",
                               "a161",
                               "a16161",
                               "bf6161ff",
                               "a10102",
                               "a1410102",
                               "ff",
                               "df00",
                               "c1",
                               "0000",
                               "f8ff",
                               "e0",
                               "9bffffffffffffffff",
                               "bbffffffffffffffff",
                               "5bffffffffffffffff",
                               "c201",
                               "c4820102ff",
                               "c40a",
                               "7f61c361bcff"})
    EXPECT_EQ(read(hex), "SerializationException") << hex;
}

TEST(Cbor, NestsAsDeepAsTheLimit) {
  auto nested = [](int depth) { return std::string(depth, '\x81') + '\x01'; };
  EXPECT_TRUE(parse_cbor(nested(kCborDepthMax)));
  EXPECT_FALSE(parse_cbor(nested(kCborDepthMax + 1)));
  EXPECT_FALSE(parse_cbor(std::string(1'000'000, '\xC1')));
  EXPECT_FALSE(parse_cbor(std::string(1'000'000, '\x9F')));
}

TEST(Cbor, KeepsTheLastOfRepeatedKeys) { EXPECT_EQ(read("a3616101616202616103"), R"({"a":3,"b":2})"); }

TEST(Cbor, WritesTheExamplesOfTheStandard) {
  auto written = [](auto write) {
    std::string out;
    CborWriter writer(out);
    write(writer);
    return to_hex(out);
  };
  for (auto [number, hex] : std::vector<std::pair<std::int64_t, const char*>>{
           {0, "00"},
           {23, "17"},
           {24, "1818"},
           {255, "18ff"},
           {256, "190100"},
           {65536, "1a00010000"},
           {1000000000000, "1b000000e8d4a51000"},
           {-1, "20"},
           {-24, "37"},
           {-25, "3818"},
           {std::numeric_limits<std::int64_t>::min(), "3b7fffffffffffffff"}})
    EXPECT_EQ(written([&](CborWriter& writer) { writer.whole(number); }), hex);
  EXPECT_EQ(written([](CborWriter& writer) { writer.floating(1.1); }), "fb3ff199999999999a");
  EXPECT_EQ(written([](CborWriter& writer) { writer.floating(1.5); }), "fa3fc00000");
  EXPECT_EQ(written([](CborWriter& writer) { writer.floating(std::nan("")); }), "fa7fc00000");
  EXPECT_EQ(written([](CborWriter& writer) { writer.timestamp(1363896240000); }), "c11a514b67b0");
  EXPECT_EQ(written([](CborWriter& writer) { writer.timestamp(1363896240500); }), "c1fb41d452d9ec200000");
  EXPECT_EQ(written([](CborWriter& writer) {
              writer.open_map();
              writer.text("a");
              writer.blob("b");
              writer.text("c");
              writer.open_list();
              writer.null();
              writer.flag(true);
              writer.end();
              writer.end();
            }),
            "bf6161416261639ff6f5ffff");
}

TEST(Cbor, ReadsWhatItWrites) {
  Value value = *parse_json(R"({"a":[1,-2,3.25,0.1,1e300,true,false,null,"text",{}],"b":{"c":[[],""]}})");
  EXPECT_EQ(*parse_cbor(to_cbor(value)), value);
}

}  // namespace
}  // namespace base
