#include "wire/multipart.h"

#include <gtest/gtest.h>

namespace wire {

namespace {

constexpr std::string_view kType = "multipart/form-data; boundary=xyz";

TEST(Multipart, FieldsAndTheFileComeInOrder) {
  auto parts =
      parse_multipart(kType,
                      "--xyz\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na/${filename}\r\n"
                      "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"my \\\"cat\\\".jpg\"\r\n"
                      "Content-Type: image/jpeg\r\n\r\nline\r\n\r\n--xy\r\n--xyz--\r\n");
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 2U);
  EXPECT_EQ((*parts)[0].name, "key");
  EXPECT_EQ((*parts)[0].content, "a/${filename}");
  EXPECT_FALSE((*parts)[0].file_name);
  EXPECT_EQ((*parts)[1].name, "file");
  EXPECT_EQ((*parts)[1].file_name, "my \"cat\".jpg");
  EXPECT_EQ((*parts)[1].content_type, "image/jpeg");
  EXPECT_EQ((*parts)[1].content, "line\r\n\r\n--xy");
}

TEST(Multipart, BoundariesMayBeQuotedAndContentEmpty) {
  auto parts = parse_multipart("multipart/form-data; boundary=\"a b\"",
                               "preamble\r\n--a b\r\nContent-Disposition: form-data; name=k\r\n\r\n\r\n--a b--");
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 1U);
  EXPECT_EQ((*parts)[0].name, "k");
  EXPECT_EQ((*parts)[0].content, "");
}

TEST(Multipart, WhatIsNoFormIsRefused) {
  EXPECT_EQ(parse_multipart("text/plain", "").error().code, "RequestIsNotMultiPartContent");
  EXPECT_EQ(parse_multipart("multipart/form-data", "").error().code, "RequestIsNotMultiPartContent");
  for (std::string_view body : {"", "--xyz", "--xyz\r\n", "--xyz\r\n\r\n", "--xyz\r\nnonsense\r\n\r\nx\r\n--xyz--",
                                "--xyz\r\nContent-Disposition: form-data\r\n\r\nx\r\n--xyz--",
                                "--xyz\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\nnever ends",
                                "--xyz\r\nContent-Disposition: form-data; name=\"k\r\n\r\nx\r\n--xyz--"})
    EXPECT_EQ(parse_multipart(kType, body).error().code, "MalformedPOSTRequest") << body;
}

}  // namespace

}  // namespace wire
