// The bodies and errors of rest-xml: https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
#include "wire/rest.h"
#include "wire/xml_body.h"

namespace wire {

namespace {

using model::Member;
using model::Shape;

// AWS: the names of S3's root elements are not in its model, and no client but a person reads them.
struct RootName {
  std::string_view operation;
  std::string_view root;
};
constexpr RootName kS3RootNames[] = {
    {"CompleteMultipartUpload", "CompleteMultipartUploadResult"},
    {"CreateMultipartUpload", "InitiateMultipartUploadResult"},
    {"CreateSession", "CreateSessionResult"},
    {"DeleteObjects", "DeleteResult"},
    {"GetBucketAccelerateConfiguration", "AccelerateConfiguration"},
    {"GetBucketAcl", "AccessControlPolicy"},
    {"GetBucketCors", "CORSConfiguration"},
    {"GetBucketLifecycle", "LifecycleConfiguration"},
    {"GetBucketLifecycleConfiguration", "LifecycleConfiguration"},
    {"GetBucketLocation", "LocationConstraint"},
    {"GetBucketLogging", "BucketLoggingStatus"},
    {"GetBucketNotification", "NotificationConfiguration"},
    {"GetBucketRequestPayment", "RequestPaymentConfiguration"},
    {"GetBucketTagging", "Tagging"},
    {"GetBucketVersioning", "VersioningConfiguration"},
    {"GetBucketWebsite", "WebsiteConfiguration"},
    {"GetObjectAcl", "AccessControlPolicy"},
    {"GetObjectAttributes", "GetObjectAttributesResponse"},
    {"GetObjectTagging", "Tagging"},
    {"ListBucketAnalyticsConfigurations", "ListBucketAnalyticsConfigurationResult"},
    {"ListBucketInventoryConfigurations", "ListInventoryConfigurationsResult"},
    {"ListBucketMetricsConfigurations", "ListMetricsConfigurationsResult"},
    {"ListBuckets", "ListAllMyBucketsResult"},
    {"ListDirectoryBuckets", "ListAllMyDirectoryBucketsResult"},
    {"ListMultipartUploads", "ListMultipartUploadsResult"},
    {"ListObjectVersions", "ListVersionsResult"},
    {"ListObjects", "ListBucketResult"},
    {"ListObjectsV2", "ListBucketResult"},
    {"ListParts", "ListPartsResult"},
};

// AWS: S3 declares this namespace, which its model does not name.
constexpr std::string_view kS3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

std::string_view root_name(const Route& route) {
  const Shape& shape = *route.operation->output;
  if (is_s3(route))
    for (const RootName& each : kS3RootNames)
      if (each.operation == route.operation->name) return each.root;
  return shape.location_name.empty() ? shape.name : shape.location_name;
}

model::XmlNamespace root_namespace(const Route& route, const model::XmlNamespace& own) {
  if (!own.uri.empty()) return own;
  return {.uri = is_s3(route) ? kS3Namespace : route.service->xml_namespace};
}

XmlStyle xml_style(const Route& route) {
  return {.fraction = is_s3(route) ? Fraction::kAlways : Fraction::kWhenNeeded};
}

base::Error malformed_xml(const Route& route) {
  if (!is_s3(route)) return {"SerializationException", "The XML of the request does not match the operation's input."};
  return {"MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"};
}

base::Result<base::XmlDocument> parse_document(const Route& route, std::string_view body) {
  auto document = base::parse_xml(body);
  if (!document && is_s3(route)) return std::unexpected(malformed_xml(route));
  return document;
}

base::Result<Value> read_root(const Route& route, const Shape& shape, std::string_view body, Level level) {
  base::XmlDocument document = TRY(parse_document(route, body));
  auto value = read_xml_structure(shape, document.root(), level);
  if (!value) return std::unexpected(malformed_xml(route));
  return *std::move(value);
}

void add_xml_type(Answer& answer) {
  if (!has_header(answer, "Content-Type")) answer.headers.emplace_back("Content-Type", "application/xml");
}

}  // namespace

base::Result<Value> parse_rest_xml_body(const Route& route, std::string_view body) {
  return read_root(route, *route.operation->input, body, Level::kInput);
}

base::Result<Value> parse_rest_xml_payload(const Route& route, const Member& member, std::string_view body) {
  return read_root(route, *member.shape, body, Level::kNested);
}

void write_rest_xml_body(Answer& answer, const Route& route, const Value& output) {
  const Shape& shape = *route.operation->output;
  bool is_empty_structure = shape.members.empty() && !shape.name.empty() && answer.status != 204 && !is_s3(route);
  if (!has_body_members(shape, Level::kOutput) && !is_empty_structure) return;
  add_xml_type(answer);
  base::XmlWriter out(answer.body);
  declare_xml(out);
  open_xml(out, root_name(route), root_namespace(route, shape.xml_namespace));
  // AWS: the answer of GetBucketLocation is its one member, without an element for the structure around it.
  if (is_s3(route) && route.operation->name == "GetBucketLocation")
    out.text(output.at("LocationConstraint").str());
  else
    write_xml_structure(out, shape, output, Level::kOutput, xml_style(route));
  out.close();
}

void write_rest_xml_payload(Answer& answer, const Route& route, const Member& member, const Value& value) {
  add_xml_type(answer);
  const Shape& shape = *member.shape;
  std::string_view name = member.location_name.empty() ? shape.location_name : member.location_name;
  const model::XmlNamespace& own = member.xml_namespace.uri.empty() ? shape.xml_namespace : member.xml_namespace;
  base::XmlWriter out(answer.body);
  declare_xml(out);
  open_xml(out, name.empty() ? shape.name : name, root_namespace(route, own));
  write_xml_structure(out, shape, value, Level::kNested, xml_style(route));
  out.close();
}

Answer write_rest_xml_error(const Route& route, const ErrorAnswer& error, std::string_view request_id) {
  Answer answer{.status = error.status};
  add_rest_request_id(answer, route, request_id);
  if (error.shape) add_bound_headers(answer, *error.shape, error.members);
  // Neither an answer to HEAD nor "not modified" may have a body.
  if (error.status == 304 || (route.operation && route.operation->method == "HEAD")) return answer;
  add_xml_type(answer);
  base::XmlWriter out(answer.body);
  declare_xml(out);
  bool bare = is_s3(route);  // AWS: S3 answers <Error> alone
  if (!bare) open_xml(out, "ErrorResponse", {.uri = route.service ? route.service->xml_namespace : std::string_view()});
  out.open("Error");
  if (!bare) out.element("Type", error.sender_fault ? "Sender" : "Receiver");
  write_error_elements(out, error);
  if (bare) {
    out.element("RequestId", request_id);
    out.element("HostId", s3_host_id(request_id));
  }
  out.close();
  if (!bare) {
    out.element("RequestId", request_id);
    out.close();
  }
  return answer;
}

}  // namespace wire
