#include "base/xml_canonical.h"

#include <gtest/gtest.h>

namespace base {
namespace {

using Method = CanonicalForm::Method;

std::string canonical(std::string_view xml, std::string_view inner = {}, CanonicalForm form = {}) {
  auto document = parse_xml(xml);
  EXPECT_TRUE(document) << xml;
  if (!document) return {};
  XmlElement element = document->root();
  if (!inner.empty()) element = element.child(inner);
  return canonical_xml(element, form);
}

TEST(XmlCanonical, TagsAndAttributes) {  // Canonical XML 1.0, 3.3
  EXPECT_EQ(canonical("<?xml version='1.0'?><e1   /> "), "<e1></e1>");
  EXPECT_EQ(canonical(R"(<e name = "x"   id='y' />)"), R"(<e id="y" name="x"></e>)");
  EXPECT_EQ(canonical(R"(<e5 xmlns:b="http://www.ietf.org" xmlns:a="http://www.w3.org" a:attr="out" b:attr="sorted"
                           attr2="all" attr="I'm" xmlns="http://example.org"/>)"),
            R"(<e5 xmlns="http://example.org" xmlns:a="http://www.w3.org" xmlns:b="http://www.ietf.org" attr="I'm" )"
            R"(attr2="all" b:attr="sorted" a:attr="out"></e5>)");
}

TEST(XmlCanonical, TextsAndReferences) {  // 3.4
  EXPECT_EQ(canonical("<t>First line&#x0d;&#10;Second line</t>"), "<t>First line&#xD;\nSecond line</t>");
  EXPECT_EQ(canonical("<t>&#x32;</t>"), "<t>2</t>");
  EXPECT_EQ(canonical(R"(<t><![CDATA[value>"0" && value<"10" ?"valid":"error"]]></t>)"),
            R"(<t>value&gt;"0" &amp;&amp; value&lt;"10" ?"valid":"error"</t>)");
  EXPECT_EQ(canonical(R"(<t expr='value>"0" &amp;&amp; value&lt;"10"'/>)"),
            R"(<t expr="value>&quot;0&quot; &amp;&amp; value&lt;&quot;10&quot;"></t>)");
  EXPECT_EQ(canonical("<t a='&#x9;x&#xA;y\n'>a<!-- b -->c\r\nd</t>"), "<t a=\"&#x9;x&#xA;y \">ac\nd</t>");
}

// Exclusive XML Canonicalization 1.0, 2.2
constexpr std::string_view kEnveloped =
    R"(<n0:pdu xmlns:n0='http://a.example' xmlns:n3='ftp://example.org' xml:lang='fr'
><n1:elem2 xmlns:n1='http://example.net' xml:lang='en'><n3:stuff xmlns:n3='ftp://example.org'/></n1:elem2></n0:pdu>)";

TEST(XmlCanonical, ExclusiveTakesOnlyWhatIsUsed) {
  EXPECT_EQ(canonical(kEnveloped, "elem2"),
            R"(<n1:elem2 xmlns:n1="http://example.net" xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org">)"
            R"(</n3:stuff></n1:elem2>)");
  EXPECT_EQ(canonical(kEnveloped, "elem2", {.inclusive_prefixes = {"n0"}}),
            R"(<n1:elem2 xmlns:n0="http://a.example" xmlns:n1="http://example.net" xml:lang="en">)"
            R"(<n3:stuff xmlns:n3="ftp://example.org"></n3:stuff></n1:elem2>)");
}

TEST(XmlCanonical, InclusiveTakesWhatIsInScope) {
  EXPECT_EQ(canonical(kEnveloped, "elem2", {.method = Method::kInclusive}),
            R"(<n1:elem2 xmlns:n0="http://a.example" xmlns:n1="http://example.net" xmlns:n3="ftp://example.org" )"
            R"(xml:lang="en"><n3:stuff></n3:stuff></n1:elem2>)");
}

TEST(XmlCanonical, TheDefaultNamespaceMayBeTakenBack) {
  EXPECT_EQ(canonical(R"(<a xmlns="u"><b xmlns=""><c xmlns="u"/></b></a>)"),
            R"(<a xmlns="u"><b xmlns=""><c xmlns="u"></c></b></a>)");
}

TEST(XmlCanonical, LeavesOut) {
  auto document = parse_xml("<a>x<b>y</b>z<b/></a>");
  ASSERT_TRUE(document);
  EXPECT_EQ(canonical_xml(document->root(), {.left_out = document->root().child("b")}), "<a>xz<b></b></a>");
}

}  // namespace
}  // namespace base
