#include "base/frames.h"

#include <gtest/gtest.h>

#include <vector>

namespace base {
namespace {

const std::string kKey = "a key of thirty-two bytes, a key";

std::string text_of(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + i / 251);
  return text;
}

std::vector<std::string> frames_of(const std::string& sealed) {
  std::vector<std::string> frames;
  for (std::size_t at = 0; at < sealed.size(); at += kSealedFrameBytes)
    frames.push_back(sealed.substr(at, kSealedFrameBytes));
  return frames;
}

std::string opened(std::uint64_t size, const std::vector<std::string>& frames) {
  FrameOpener opener(kKey, size);
  std::string text;
  for (std::size_t i = 0; i < frames.size(); ++i)
    if (!opener.open(i, frames[i], text)) return "(refused)";
  return text;
}

TEST(Frames, GiveBackWhatWasSealed) {
  for (std::size_t size : {std::size_t(0), std::size_t(1), kFrameBytes - 1, kFrameBytes, kFrameBytes + 1,
                           2 * kFrameBytes, 3 * kFrameBytes + 7}) {
    std::string text = text_of(size), sealed = seal_frames(kKey, text);
    EXPECT_EQ(sealed.size(), sealed_size(size));
    EXPECT_EQ(opened(size, frames_of(sealed)), text) << size;
  }
}

TEST(Frames, AreTheSameHoweverTheTextIsCut) {
  std::string text = text_of(3 * kFrameBytes + 100), whole = seal_frames(kKey, text);
  for (std::size_t step : {std::size_t(1000), kFrameBytes - 1, kFrameBytes, kFrameBytes + 1, 2 * kFrameBytes + 5}) {
    FrameSealer sealer(kKey);
    std::string sealed;
    for (std::size_t at = 0; at < text.size(); at += step) sealer.add(std::string_view(text).substr(at, step), sealed);
    sealer.finish(sealed);
    EXPECT_EQ(sealed, whole) << step;
  }
}

TEST(Frames, AreReadFromAnyPlace) {
  std::string text = text_of(3 * kFrameBytes + 7), third;
  FrameOpener opener(kKey, text.size());
  EXPECT_TRUE(opener.open(2, frames_of(seal_frames(kKey, text))[2], third));
  EXPECT_EQ(third, text.substr(2 * kFrameBytes, kFrameBytes));
}

TEST(Frames, RefuseWhatWasChanged) {
  std::string text = text_of(2 * kFrameBytes + 7);
  std::vector<std::string> frames = frames_of(seal_frames(kKey, text));
  auto flipped = frames;
  flipped[1][100] = static_cast<char>(flipped[1][100] ^ 1);
  EXPECT_EQ(opened(text.size(), flipped), "(refused)");
  auto swapped = frames;
  std::swap(swapped[0], swapped[1]);
  EXPECT_EQ(opened(text.size(), swapped), "(refused)");
  // Cut at a frame's end, the text would end in a frame that was not sealed as the last.
  EXPECT_EQ(opened(2 * kFrameBytes, {frames[0], frames[1]}), "(refused)");
  FrameOpener other("another key of thirty-two bytes!", text.size());
  std::string out = "kept";
  EXPECT_FALSE(other.open(0, frames[0], out));
  EXPECT_EQ(out, "kept");
}

TEST(Frames, DoNotShowTheText) {
  std::string sealed = seal_frames(kKey, std::string(1000, 'x'));
  EXPECT_EQ(sealed.find("xxxx"), std::string::npos);
}

}  // namespace
}  // namespace base
