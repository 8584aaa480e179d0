#include "http/server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "http/test_server.h"

namespace http {
namespace {

using std::chrono::milliseconds;

TEST(Server, KeepsConnectionsAlive) {
  TestHandler handler;
  TestServer server(handler);
  Client client = server.connect();
  for (int round = 0; round < 3; ++round) {
    auto answer = client.get("/a?b=" + std::to_string(round));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "GET /a?b=" + std::to_string(round) + " ");
    EXPECT_TRUE(answer->headers.has("Date"));
    EXPECT_FALSE(answer->headers.has("Connection"));
  }
  EXPECT_EQ(server->connection_count(), 1U);
}

TEST(Server, ClosesWhenAskedTo) {
  TestHandler handler;
  TestServer server(handler);
  std::string bytes = server.exchange_bytes("GET /1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(bytes.starts_with("HTTP/1.1 200 OK\r\n")) << bytes;
  EXPECT_NE(bytes.find("Connection: close\r\n"), std::string::npos);
  bytes = server.exchange_bytes("GET /1 HTTP/1.0\r\n\r\n");
  EXPECT_NE(bytes.find("Connection: close\r\n"), std::string::npos);
  Client client = server.connect();
  ASSERT_TRUE(client.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_EQ(client.receive()->headers.get("Connection"), "keep-alive");
  EXPECT_EQ(client.get("/2")->status, 200);
}

TEST(Server, ClosesWhenTheAnswerSaysSo) {
  TestHandler handler;
  handler.request = [](std::shared_ptr<Exchange> exchange) {
    Response response = text_response("bye");
    response.headers.add("connection", "close");
    response.headers.add("Content-Length", "77");
    response.headers.add("Date", "long ago");
    exchange->respond(std::move(response));
  };
  TestServer server(handler);
  EXPECT_EQ(server.exchange_bytes("GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nDate: long ago\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbye");
}

TEST(Server, AnswersPipelinedRequestsInOrderWhateverTheOrderOfAnswering) {
  TestHandler handler;
  std::vector<std::shared_ptr<Exchange>> waiting;
  handler.request = [&](std::shared_ptr<Exchange> exchange) {
    waiting.push_back(std::move(exchange));
    if (waiting.size() < 3) return;
    for (; !waiting.empty(); waiting.pop_back())
      waiting.back()->respond(text_response(waiting.back()->request().target));
  };
  TestServer server(handler);
  Client client = server.connect();
  ASSERT_TRUE(
      client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
                  "GET /3 HTTP/1.1\r\nHost: h\r\n\r\n"));
  for (std::string target : {"/1", "/2", "/3"}) EXPECT_EQ(client.receive()->body, target);
}

TEST(Server, ReadsNoMoreThanItsShareOfPipelinedRequests) {
  TestHandler handler;
  std::vector<std::shared_ptr<Exchange>> waiting;
  std::size_t most = 0;
  handler.request = [&](std::shared_ptr<Exchange> exchange) {
    if (waiting.empty())
      exchange->loop().post([&] {
        for (auto& each : std::exchange(waiting, {})) each->respond(text_response(each->request().target));
      });
    waiting.push_back(std::move(exchange));
    most = std::max(most, waiting.size());
  };
  ServerOptions options;
  options.limits.pipelined_requests = 4;
  TestServer server(handler, options);
  Client client = server.connect();
  std::string bytes;
  for (int number = 0; number < 1000; ++number)
    bytes += "GET /" + std::to_string(number) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  ASSERT_TRUE(client.send(bytes));
  for (int number = 0; number < 1000; ++number) {
    auto answer = client.receive();
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_EQ(answer->body, "/" + std::to_string(number));
  }
  server.on_loop([&] { EXPECT_EQ(most, 4U); });
}

TEST(Server, AnswersGivenInTickLeaveInThatTurnAsOneWrite) {
  TestHandler handler;
  std::vector<std::shared_ptr<Exchange>> waiting;
  std::vector<std::size_t> batches;
  handler.request = [&](std::shared_ptr<Exchange> exchange) { waiting.push_back(std::move(exchange)); };
  handler.tick = [&](Loop&) {
    if (!waiting.empty()) batches.push_back(waiting.size());
    for (auto& each : std::exchange(waiting, {})) each->respond(text_response("x"));
  };
  TestServer server(handler);
  Client client = server.connect();
  std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  ASSERT_TRUE(client.send(request + request + request));
  std::string bytes = client.receive_some().value();
  std::size_t count = 0;
  for (std::size_t at = 0; (at = bytes.find("HTTP/1.1 200", at)) != std::string::npos; ++at) ++count;
  EXPECT_EQ(count, 3U);
  server.on_loop([&] { EXPECT_EQ(batches, std::vector<std::size_t>{3}); });
}

TEST(Server, ReadsRequestsThatDripIn) {
  TestHandler handler;
  TestServer server(handler);
  Client client = server.connect();
  std::string_view bytes =
      "POST /drip HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: 1\r\n\r\n"
      "PUT /next HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi";
  for (char byte : bytes) ASSERT_TRUE(client.send(std::string_view(&byte, 1)));
  EXPECT_EQ(client.receive()->body, "POST /drip abcde");
  EXPECT_EQ(client.receive()->body, "PUT /next hi");
}

TEST(Server, ShowsTrailersAndWhoAsks) {
  TestHandler handler;
  handler.request = [](std::shared_ptr<Exchange> exchange) {
    const Request& request = exchange->request();
    EXPECT_EQ(request.peer_address, "127.0.0.1");
    EXPECT_NE(request.peer_port, 0);
    EXPECT_FALSE(request.secure);
    Response response = text_response(request.body + "|" + std::string(request.trailers.value("x-checksum")));
    response.headers.add("X-Port", std::to_string(request.local_port));
    exchange->respond(std::move(response));
  };
  TestServer server(handler);
  Client client = server.connect();
  ASSERT_TRUE(client.send(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Checksum: 7\r\n\r\n"));
  auto answer = client.receive();
  EXPECT_EQ(answer->body, "a|7");
  EXPECT_EQ(answer->headers.get("X-Port"), std::to_string(server->port()));
}

TEST(Server, ContinuesOnlyWhenTheBodyIsWanted) {
  TestHandler handler;
  handler.headers = [](Exchange& exchange) {
    if (exchange.request().path() == "/refused") exchange.respond(text_response("no", 403));
  };
  TestServer server(handler);
  std::string rest = " HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
  Client client = server.connect();
  ASSERT_TRUE(client.send("PUT /wanted" + rest));
  EXPECT_EQ(client.receive()->status, 100);
  ASSERT_TRUE(client.send("abc"));
  EXPECT_EQ(client.receive()->body, "PUT /wanted abc");
  ASSERT_TRUE(client.send("PUT /eager" + rest + "abc"));
  EXPECT_EQ(client.receive()->status, 200) << "no need to continue";
  ASSERT_TRUE(client.send("PUT /refused" + rest));
  auto answer = client.receive();
  EXPECT_EQ(answer->status, 403);
  EXPECT_EQ(answer->headers.get("Connection"), "close");
  EXPECT_EQ(client.receive_rest(), "");
}

TEST(Server, ContinuesAfterTheAnswersToEarlierRequests) {
  TestHandler handler;
  std::shared_ptr<Exchange> first;
  handler.request = [&](std::shared_ptr<Exchange> exchange) {
    if (exchange->request().path() == "/first") {
      first = std::move(exchange);
      first->loop().post_after(milliseconds(20),
                               [&] { std::exchange(first, nullptr)->respond(text_response("first")); });
    } else {
      exchange->respond(text_response("second"));
    }
  };
  TestServer server(handler);
  Client client = server.connect();
  ASSERT_TRUE(
      client.send("GET /first HTTP/1.1\r\nHost: h\r\n\r\n"
                  "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.receive()->body, "first");
  EXPECT_EQ(client.receive()->status, 100);
  ASSERT_TRUE(client.send("abc"));
  EXPECT_EQ(client.receive()->body, "second");
}

TEST(Server, AnswersHeadWithoutBody) {
  TestHandler handler;
  handler.request = [](std::shared_ptr<Exchange> exchange) {
    Response response = text_response("12345");
    if (exchange->request().path() == "/given") {
      response.body = "";
      response.headers.add("Content-Length", "5000000000");
    }
    if (exchange->request().path() == "/none") response.status = 204;
    exchange->respond(std::move(response));
  };
  TestServer server(handler);
  Client client = server.connect();
  ASSERT_TRUE(client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(client.receive(Client::AnswerTo::kHead)->headers.get("Content-Length"), "5");
  ASSERT_TRUE(client.send("HEAD /given HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(client.receive(Client::AnswerTo::kHead)->headers.get("Content-Length"), "5000000000");
  auto answer = client.get("/none");
  EXPECT_EQ(answer->status, 204);
  EXPECT_FALSE(answer->headers.has("Content-Length"));
  EXPECT_EQ(client.get("/")->body, "12345");
}

TEST(Server, RefusesWhatIsTooLarge) {
  TestHandler handler;
  ServerOptions options;
  options.limits.body_bytes = 10;
  TestServer server(handler, options);
  auto status_of = [&](std::string_view bytes) { return server.exchange_bytes(bytes).substr(9, 3); };
  std::string line = "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n";
  EXPECT_EQ(status_of(line + "Content-Length: 10\r\n\r\n0123456789"), "200");
  EXPECT_EQ(status_of(line + "Content-Length: 11\r\n\r\n0123456789a"), "413");
  EXPECT_EQ(status_of(line + "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n"), "200");
  EXPECT_EQ(status_of(line + "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n1\r\na\r\n0\r\n\r\n"), "413");
  EXPECT_EQ(status_of("GET /" + std::string(17'000, 'a') + " HTTP/1.1\r\n\r\n"), "414");
  EXPECT_EQ(status_of(line + "X: " + std::string(70'000, 'a') + "\r\n\r\n"), "431");
}

TEST(Server, AnswersAndClosesWhatItDoesNotUnderstand) {
  TestHandler handler;
  std::atomic<int> requests = 0;
  auto echo = handler.request;
  handler.request = [&](std::shared_ptr<Exchange> exchange) {
    ++requests;
    echo(std::move(exchange));
  };
  TestServer server(handler);
  for (std::string_view head : {"Content-Length: 4\r\nTransfer-Encoding: chunked",
                                "Content-Length: 4\r\nContent-Length: 5", "Transfer-Encoding : chunked",
                                "Transfer-Encoding: \x0b"
                                "chunked",
                                "X: y\r\n z"}) {
    std::string bytes = server.exchange_bytes("POST / HTTP/1.1\r\nHost: h\r\n" + std::string(head) +
                                              "\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(bytes.starts_with("HTTP/1.1 400 Bad Request\r\n")) << bytes;
    EXPECT_EQ(bytes.find("HTTP/1.1", 1), std::string::npos) << "answered more than once: " << bytes;
  }
  EXPECT_TRUE(server.exchange_bytes("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n")
                  .starts_with("HTTP/1.1 501"));
  EXPECT_TRUE(server.exchange_bytes(std::string(300, '\x01') + "\r\n\r\n").starts_with("HTTP/1.1 400"));
  std::string after_good = server.exchange_bytes("GET / HTTP/1.1\r\nHost: h\r\n\r\nbad\r\n\r\n");
  EXPECT_TRUE(after_good.starts_with("HTTP/1.1 200")) << after_good;
  EXPECT_NE(after_good.find("HTTP/1.1 400"), std::string::npos) << after_good;
  EXPECT_EQ(requests, 1);
}

TEST(Server, TellsWhenTheClientGoesAway) {
  TestHandler handler;
  std::shared_ptr<Exchange> parked;
  std::promise<void> is_parked;
  std::promise<void> is_aborted;
  handler.request = [&](std::shared_ptr<Exchange> exchange) {
    parked = std::move(exchange);
    parked->on_abort([&] {
      EXPECT_TRUE(parked->is_aborted());
      parked.reset();
      is_aborted.set_value();
    });
    is_parked.set_value();
  };
  TestServer server(handler);
  for (bool is_reset : {true, false}) {
    is_parked = {};
    is_aborted = {};
    {
      Client client = server.connect();
      ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
      is_parked.get_future().wait();
      if (is_reset) client.reset();
    }
    is_aborted.get_future().wait();
  }
}

TEST(Server, StillAnswersAClientThatOnlyClosedItsSendingSide) {
  TestHandler handler;
  std::shared_ptr<Exchange> parked;
  handler.request = [&](std::shared_ptr<Exchange> exchange) {
    parked = std::move(exchange);
    parked->on_abort(
        [&] { parked->loop().post([&] { std::exchange(parked, nullptr)->respond(text_response("late")); }); });
  };
  TestServer server(handler);
  Client client = server.connect();
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  client.end_sending();
  EXPECT_EQ(client.receive()->body, "late");
  EXPECT_EQ(client.receive_rest(), "");
}

TEST(Server, TellsWhenTheClientGoesAwayWhileReadingIsPaused) {
  TestHandler handler;
  std::vector<std::shared_ptr<Exchange>> parked;
  std::promise<void> are_aborted;
  int aborts = 0;
  handler.request = [&](std::shared_ptr<Exchange> exchange) {
    exchange->on_abort([&] {
      if (++aborts == 2) are_aborted.set_value();
    });
    parked.push_back(std::move(exchange));
  };
  ServerOptions options;
  options.limits.pipelined_requests = 2;
  TestServer server(handler, options);
  Client client = server.connect();
  std::string bytes;
  for (int count = 0; count < 5; ++count) bytes += "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  ASSERT_TRUE(client.send(bytes));
  client.end_sending();
  are_aborted.get_future().wait();
  // The client turns out to be still there: what it sent is read and answered to the end.
  for (int count = 0; count < 5; ++count) {
    std::promise<void> answered;
    server->loop(0).post([&] {
      for (auto& each : std::exchange(parked, {})) each->respond(text_response("x"));
      answered.set_value();
    });
    answered.get_future().wait();
  }
  server.on_loop([&] { parked.clear(); });
  std::string rest = client.receive_rest().value_or("");
  std::size_t count = 0;
  for (std::size_t at = 0; (at = rest.find("HTTP/1.1 ", at)) != std::string::npos; ++at) ++count;
  EXPECT_EQ(count, 5U) << rest;
}

TEST(Server, AnswersForAHandlerThatLetsGo) {
  TestHandler handler;
  handler.request = [](std::shared_ptr<Exchange>) {};
  TestServer server(handler);
  Client client = server.connect();
  EXPECT_EQ(client.get("/")->status, 500);
  EXPECT_EQ(client.get("/")->status, 500) << "the connection stays usable";
}

TEST(Server, RefusesAPortThatIsTaken) {
  TestHandler handler;
  TestServer first(handler);
  ServerOptions options;
  options.port = first->port();
  Server second(options, handler);
  auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, "AddressInUse");
  options.port = 0;
  options.hosts = {"203.0.113.1"};
  Server elsewhere(options, handler);
  EXPECT_EQ(elsewhere.start().error().code, "AddressNotAvailable");
  options.hosts = {"example"};
  Server nowhere(options, handler);
  EXPECT_EQ(nowhere.start().error().code, "AddressNotValid");
}

TEST(Server, ListensOnSeveralAddresses) {
  TestHandler handler;
  ServerOptions options;
  options.hosts = {"localhost", "127.0.0.2"};
  TestServer server(handler, options);
  for (std::string address : {"127.0.0.1", "127.0.0.2"})
    EXPECT_EQ(server.connect({.address = address, .trusted_pem = {}}).get("/")->status, 200);
}

TEST(Server, ServesFromSeveralLoops) {
  TestHandler handler;
  std::mutex mutex;
  std::set<Loop*> loops;
  auto echo = handler.request;
  handler.request = [&](std::shared_ptr<Exchange> exchange) {
    {
      std::lock_guard lock(mutex);
      loops.insert(&exchange->loop());
    }
    EXPECT_TRUE(exchange->loop().is_current());
    echo(std::move(exchange));
  };
  ServerOptions options;
  options.loops = 3;
  TestServer server(handler, options);
  std::vector<std::thread> threads;
  for (int number = 0; number < 6; ++number) {
    threads.emplace_back([&] {
      Client client = server.connect();
      for (int count = 0; count < 50; ++count) ASSERT_EQ(client.get("/x")->body, "GET /x ");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(loops.size(), 3U);
}

TEST(Server, StopsAfterAnsweringWhatIsInProgress) {
  TestHandler handler;
  std::shared_ptr<Exchange> parked;
  std::promise<void> is_parked;
  handler.request = [&](std::shared_ptr<Exchange> exchange) {
    parked = std::move(exchange);
    is_parked.set_value();
  };
  handler.stop = [&](Loop& loop) {
    loop.post_after(milliseconds(30), [&] { std::exchange(parked, nullptr)->respond(text_response("last")); });
  };
  TestServer server(handler);
  Client idle = server.connect();
  Client busy = server.connect();
  ASSERT_TRUE(busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  is_parked.get_future().wait();
  server->stop();
  auto answer = busy.receive();
  EXPECT_EQ(answer->body, "last");
  EXPECT_EQ(answer->headers.get("Connection"), "close");
  EXPECT_EQ(busy.receive_rest(), "");
  EXPECT_EQ(idle.receive_rest(), "");
  EXPECT_FALSE(Client::connect({.port = server->port()}));
}

TEST(Server, StopsInTimeEvenIfSomethingIsNeverAnswered) {
  TestHandler handler;
  std::shared_ptr<Exchange> parked;
  std::promise<void> is_parked;
  std::atomic<bool> is_aborted = false;
  handler.request = [&](std::shared_ptr<Exchange> exchange) {
    parked = std::move(exchange);
    parked->on_abort([&] { is_aborted = true; });
    is_parked.set_value();
  };
  TestServer server(handler);
  Client client = server.connect();
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  is_parked.get_future().wait();
  server->stop(milliseconds(20));
  EXPECT_TRUE(is_aborted);
  EXPECT_EQ(client.receive_rest().value_or(""), "");
  parked.reset();
}

TEST(Server, HasLimitsForSlowClients) {
  TestHandler handler;
  std::shared_ptr<Exchange> parked;
  auto echo = handler.request;
  handler.request = [&](std::shared_ptr<Exchange> exchange) {
    if (exchange->request().path() != "/parked") return echo(std::move(exchange));
    parked = std::move(exchange);
    // Longer than every limit: an answer that takes its time is no fault of the client.
    parked->loop().post_after(milliseconds(700),
                              [&] { std::exchange(parked, nullptr)->respond(text_response("done")); });
  };
  ServerOptions options;
  options.limits.head_time = milliseconds(300);
  options.limits.idle_time = milliseconds(300);
  options.limits.stall_time = milliseconds(300);
  TestServer server(handler, options);
  auto send = [&](std::string bytes) {
    return std::async(std::launch::async, [&server, bytes] { return server.exchange_bytes(bytes); });
  };
  auto silent = send("");
  auto slow_head = send("GET / HT");
  auto slow_body = send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  auto idle = send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  auto waiting = send("GET /parked HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(silent.get(), "");
  EXPECT_TRUE(slow_head.get().starts_with("HTTP/1.1 408"));
  EXPECT_TRUE(slow_body.get().starts_with("HTTP/1.1 408"));
  EXPECT_TRUE(idle.get().ends_with("GET / "));
  EXPECT_TRUE(waiting.get().ends_with("done"));
}

// Requests of every framing, cut anywhere, answered at once, at the end of the turn, or later.
TEST(Server, KeepsOrderAndContentUnderMixedTraffic) {
  TestHandler handler;
  std::minstd_rand dice(7);  // of the server's loop
  std::vector<std::shared_ptr<Exchange>> for_tick;
  auto echo = handler.request;
  handler.request = [&](std::shared_ptr<Exchange> exchange) {
    switch (dice() % 4) {
      case 0: return echo(std::move(exchange));
      case 1: return for_tick.push_back(std::move(exchange));
      case 2: {
        Loop& loop = exchange->loop();
        return loop.post([&, exchange = std::move(exchange)] { echo(exchange); });
      }
      default: {
        Loop& loop = exchange->loop();
        loop.post_after(milliseconds(dice() % 3), [&, exchange = std::move(exchange)] { echo(exchange); });
      }
    }
  };
  handler.tick = [&](Loop&) {
    for (auto& each : std::exchange(for_tick, {})) echo(std::move(each));
  };
  ServerOptions options;
  options.limits.pipelined_requests = 5;
  TestServer server(handler, options);
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::minstd_rand client_dice(seed);
    std::string bytes;
    std::vector<std::string> expected;
    for (int number = 0; number < 50; ++number) {
      std::string target = "/" + std::to_string(number);
      std::string body(client_dice() % 3 == 0 ? client_dice() % 40'000 : client_dice() % 20,
                       static_cast<char>('a' + number % 26));
      bytes += "PUT " + target + " HTTP/1.1\r\nHost: h\r\n";
      if (client_dice() % 2 == 0) {
        bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      } else {
        bytes += "Transfer-Encoding: chunked\r\n\r\n";
        for (std::size_t at = 0; at < body.size();) {
          std::size_t size = std::min<std::size_t>(body.size() - at, 1 + client_dice() % 9'000);
          bytes += fmt::format("{:x}\r\n{}\r\n", size, body.substr(at, size));
          at += size;
        }
        bytes += "0\r\n\r\n";
      }
      expected.push_back("PUT " + target + " " + body);
    }
    Client client = server.connect();
    for (std::size_t at = 0; at < bytes.size();) {
      std::size_t size =
          std::min<std::size_t>(bytes.size() - at, 1 + client_dice() % (client_dice() % 2 == 0 ? 30 : 20'000));
      ASSERT_TRUE(client.send(std::string_view(bytes).substr(at, size)));
      at += size;
    }
    for (const std::string& body : expected) {
      auto answer = client.receive();
      ASSERT_TRUE(answer) << answer.error().message;
      ASSERT_TRUE(answer->body == body) << "seed " << seed;
    }
  }
}

TEST(Loop, RunsTimersInOrderAndNotBeforeTheirTime) {
  auto loop = Loop::create().value();
  std::vector<int> order;
  auto start = loop->now();
  loop->post_at(start + milliseconds(20), [&] {
    order.push_back(2);
    EXPECT_GE(std::chrono::steady_clock::now(), start + milliseconds(20));
    loop->stop();
  });
  loop->post_at(start + milliseconds(10), [&] { order.push_back(1); });
  auto cancelled = loop->post_at(start + milliseconds(15), [&] { order.push_back(3); });
  EXPECT_TRUE(loop->cancel(cancelled));
  EXPECT_FALSE(loop->cancel(cancelled));
  EXPECT_FALSE(loop->cancel({}));
  loop->run();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(Loop, TakesTasksFromOtherThreads) {
  auto loop = Loop::create().value();
  int sum = 0;
  std::thread thread([&] {
    for (int number = 1; number <= 1000; ++number) loop->post([&, number] { sum += number; });
    loop->post([&] { loop->stop(); });
  });
  loop->run();
  thread.join();
  EXPECT_EQ(sum, 500'500);
}

TEST(Server, TakesListenersWhileItRuns) {
  TestHandler handler;
  handler.request = [](std::shared_ptr<Exchange> exchange) {
    exchange->respond(text_response(std::to_string(exchange->request().local_port)));
  };
  ServerOptions options;
  options.hosts = {};
  TestServer server(handler, options);
  auto one = server->add_listener("127.0.0.1");
  auto other = server->add_listener("127.0.0.1");
  ASSERT_TRUE(one && other);
  auto client = Client::connect({.port = *one});
  auto stays = Client::connect({.port = *other});
  ASSERT_TRUE(client && stays);
  EXPECT_EQ(client->get("/")->body, std::to_string(*one));
  EXPECT_EQ(stays->get("/")->body, std::to_string(*other));
  server->remove_listener(*one);
  EXPECT_EQ(client->receive_some().value_or("reset"), "");
  EXPECT_FALSE(Client::connect({.port = *one}));
  EXPECT_EQ(stays->get("/")->body, std::to_string(*other));
  EXPECT_FALSE(server->add_listener("127.0.0.1", *other));
}

}  // namespace
}  // namespace http
