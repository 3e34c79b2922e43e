// Presage with a configuration: reads the text up to the cursor a line, answers words with tabs between them.

#include <iostream>
#include <presage.h>
#include <string>

class Cursor : public PresageCallback {
public:
  std::string text;
  std::string get_past_stream() const { return text; }
  std::string get_future_stream() const { return ""; }
};

int main(int, char **arguments) {
  Cursor cursor;
  Presage presage(&cursor, arguments[1]);
  presage.config("Presage.Selector.SUGGESTIONS", "5");
  presage.config("Presage.Selector.REPEAT_SUGGESTIONS", "yes");
  std::cout << "ready" << std::endl;
  while (std::getline(std::cin, cursor.text)) {
    for (const std::string &word : presage.predict())
      std::cout << word << "\t";
    std::cout << std::endl;
  }
}
