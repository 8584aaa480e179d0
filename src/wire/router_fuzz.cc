#include "wire/fuzz_support.h"

// A request head from the input: the parts are separated by line feeds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto line = [&] {
    std::string_view part = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    return part;
  };
  static constexpr std::string_view kMethods[] = {"GET", "PUT", "POST", "DELETE", "HEAD", "PATCH"};
  static constexpr std::string_view kSigningNames[] = {"",    "s3",  "sqs",        "lambda",
                                                       "rds", "ses", "apigateway", "monitoring"};
  wire::Request request;
  request.method = kMethods[wire::take_byte(text) % std::size(kMethods)];
  std::string_view signing_name = kSigningNames[wire::take_byte(text) % std::size(kSigningNames)];
  request.path = line();
  request.query = line();
  const wire::Header headers[] = {
      {"Host", line()}, {"X-Amz-Target", line()}, {"Content-Type", line()}, {"Smithy-Protocol", line()}};
  request.headers = headers;
  request.body = text;
  wire::Route route;
  auto result = wire::find_route(request, {.signing_name = signing_name, .base_host = "cloud.example"}, route);
  if (!result)
    wire::write_error(route, result.error(), "id");
  else if (auto input = wire::parse_input(route, request))
    wire::write_output(route, *input, "id");
  return 0;
}
