#include "server/respond.h"

namespace server {

namespace {

class AnswerSource : public http::BodySource {
 public:
  explicit AnswerSource(std::unique_ptr<kernel::AnswerBody> body) : body_(std::move(body)) {}

  std::optional<std::uint64_t> length() const override { return body_->length(); }
  void on_start(std::function<void()> resume) override { body_->on_start(std::move(resume)); }
  Next next(std::string& out) override {
    switch (body_->next(out)) {
      case kernel::AnswerBody::Next::kData: return Next::kData;
      case kernel::AnswerBody::Next::kLater: return Next::kLater;
      case kernel::AnswerBody::Next::kEnd: return Next::kEnd;
      case kernel::AnswerBody::Next::kFail: break;
    }
    return Next::kFail;
  }

 private:
  std::unique_ptr<kernel::AnswerBody> body_;
};

}  // namespace

http::Response to_response(wire::Answer answer) {
  http::Response response{.status = answer.status};
  for (const auto& [name, value] : answer.headers) response.headers.add(name, value);
  response.body = std::move(answer.body);
  return response;
}

std::unique_ptr<http::BodySource> to_source(std::unique_ptr<kernel::AnswerBody> body) {
  return std::make_unique<AnswerSource>(std::move(body));
}

}  // namespace server
