#include "base/xml.h"

#include <gtest/gtest.h>

namespace base {
namespace {

bool is_malformed(std::string_view text) {
  auto document = parse_xml(text);
  return !document && document.error().code == "MalformedXML";
}

TEST(Xml, ReadsElements) {
  auto document = parse_xml(
      R"(<?xml version="1.0"?><!-- c --><a:Root xmlns:a="x" b="1 &amp; 2"><One>x</One><Two/><One>y</One></a:Root>)");
  ASSERT_TRUE(document);
  XmlElement root = document->root();
  EXPECT_EQ(root.name(), "a:Root");
  EXPECT_EQ(root.local_name(), "Root");
  EXPECT_EQ(root.attribute("b"), "1 & 2");
  EXPECT_EQ(root.attribute("c"), std::nullopt);
  EXPECT_EQ(root.attributes().size(), 2u);
  EXPECT_EQ(root.children().size(), 3u);
  EXPECT_EQ(root.children("One").size(), 2u);
  EXPECT_EQ(root.child("One").text(), "x");
  EXPECT_TRUE(root.child("Two"));
  EXPECT_EQ(root.child("Two").text(), "");
  EXPECT_FALSE(root.child("Three"));
  EXPECT_EQ(root.child("Three").child("Four").text(), "");
}

TEST(Xml, KeepsTextAsItStands) {
  EXPECT_EQ(parse_xml("<a>  </a>")->root().text(), "  ");
  EXPECT_EQ(parse_xml("<a> x<!-- c --> <![CDATA[<y>]]>&lt;&#233;&#x20AC;</a>")->root().text(),
            " x <y><\xC3\xA9\xE2\x82\xAC");
  EXPECT_EQ(parse_xml("<a>1\r\n2&#xD;</a>")->root().text(), "1\n2\r");
  EXPECT_EQ(parse_xml("\xEF\xBB\xBF<a>x</a>")->root().text(), "x");
}

TEST(Xml, RefusesWhatIsNotWellFormed) {
  for (std::string_view text : {"", "x", "<a>", "<a></b>", "<a", "</a>", "<a><b></a></b>", "<a/><b/>", "<a b=1/>",
                                "<a b/>", "<!-- c -->", "<a>\xFF</a>"})
    EXPECT_TRUE(is_malformed(text)) << text;
  EXPECT_TRUE(is_malformed(std::string_view("<a>\0</a>", 8)));
}

TEST(Xml, RefusesDocumentTypes) {
  EXPECT_TRUE(is_malformed("<!DOCTYPE a><a/>"));
  EXPECT_TRUE(is_malformed(R"(<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>)"));
  EXPECT_TRUE(is_malformed("<a/><!DOCTYPE a>"));
  EXPECT_TRUE(is_malformed("<a><!DOCTYPE a></a>"));
}

TEST(Xml, NestsAsDeepAsTheLimit) {
  auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += "<a>";
    text += "x";
    for (int i = 0; i < depth; ++i) text += "</a>";
    return text;
  };
  EXPECT_TRUE(parse_xml(nested(kXmlDepthMax)));
  EXPECT_TRUE(is_malformed(nested(kXmlDepthMax + 1)));
  EXPECT_TRUE(is_malformed(nested(100'000)));
}

TEST(Xml, Writes) {
  std::string out;
  XmlWriter writer(out);
  writer.declaration();
  writer.open("Result");
  writer.attribute("xmlns", "urn:x?a&b=\"<\n\t\r");
  writer.element("Name", "a<b>&\"c\"\n\t\r'");
  writer.element("Empty", "");
  writer.open("Inner");
  writer.text("x");
  writer.element("Y", "z");
  writer.close();
  writer.close();
  EXPECT_EQ(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Result xmlns=\"urn:x?a&amp;b=&quot;&lt;&#xA;&#x9;&#xD;\">"
            "<Name>a&lt;b&gt;&amp;&quot;c&quot;\n\t&#xD;'</Name><Empty/><Inner>x<Y>z</Y></Inner></Result>");
}

TEST(Xml, WritesWhatXmlHasNoPlaceFor) {
  std::string out;
  XmlWriter writer(out);
  writer.element("a", std::string_view("\0\x01\x1F\x7F\xFF\xC3\xA9", 7));
  EXPECT_EQ(out, "<a>&#x0;&#x1;&#x1F;\x7F\xEF\xBF\xBD\xC3\xA9</a>");
}

TEST(Xml, ReadsWhatItWrites) {
  std::string content = "a\r\nb & <c> \"d\" ]]> \xF0\x9F\x98\x80\t";
  std::string out;
  XmlWriter writer(out);
  writer.open("a");
  writer.attribute("b", content);
  writer.text(content);
  writer.close();
  auto document = parse_xml(out);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().text(), content);
  EXPECT_EQ(document->root().attribute("b"), content);
}

}  // namespace
}  // namespace base
