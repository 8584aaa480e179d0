#include "server/admin.h"
#include "services/lambda/downloads.h"

namespace server {

http::Response Admin::download_code(const http::Request& request) {
  base::Result<std::string> archive;
  base::Result<void> done =
      parts_.cloud.transact({"000000000000", "us-east-1"}, [&](kernel::Call& call) -> base::Result<void> {
        archive = lambda::download(call, request.path().substr(lambda::kDownloadPath.size()));
        return {};
      });
  http::Response response;
  if (!done || !archive) {
    response.status = 403;
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    response.body = (done ? archive.error() : done.error()).message + "\n";
    return response;
  }
  response.headers.add("Content-Type", "application/zip");
  response.body = *std::move(archive);
  return response;
}

}  // namespace server
