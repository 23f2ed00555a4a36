// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "core/schema/form_model.h"
#include "tests/bench/report.h"
#include "ui/forms/form_sheet.h"
#include "ui/style/theme.h"

#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtGui/QKeyEvent>
#include <QtWidgets/QApplication>
#include <QtWidgets/QLineEdit>

using namespace Qt::Literals::StringLiterals;

namespace countersign::bench {

namespace {

/// Flat forms as agents send them: texts, numbers, switches and choices in turn, with bounds and help.
JsonValue flatSchema(int fields)
{
    JsonValue properties = JsonValue::object();
    for (int i = 0; i < fields; ++i) {
        static const std::array<const char *, 5> kinds = {
            R"({"type":"string","title":"Street and number","description":"As on the door","maxLength":80})",
            R"({"type":"number","title":"Weight","minimum":0.1,"maximum":30})",
            R"({"type":"boolean","title":"Send the tracking link"})",
            R"({"type":"string","title":"Service","enum":["standard","express","same day","none","other"]})",
            R"({"type":"integer","title":"Pieces","minimum":1,"maximum":99})"};
        properties.set("field" + std::to_string(i), *readJson(kinds[static_cast<size_t>(i) % kinds.size()]));
    }
    JsonValue schema = JsonValue::object();
    schema.set("type", JsonValue::fromUtf8("object"));
    schema.set("properties", std::move(properties));
    return schema;
}

JsonValue listSchema()
{
    return *readJson(R"({"type":"object","properties":{"lines":{"type":"array","items":{"type":"object","properties":{)"
                     R"("sku":{"type":"string"},"pieces":{"type":"integer","minimum":1},"price":{"type":"number"},)"
                     R"("notes":{"type":"object","properties":{"text":{"type":"string"}}}}}}}})");
}

JsonValue listValue(int items)
{
    JsonValue lines = JsonValue::array();
    for (int i = 0; i < items; ++i) {
        lines.append(*readJson(R"({"sku":"A-1","pieces":2,"price":19.90,"notes":{"text":"fragile"}})"));
    }
    JsonValue value = JsonValue::object();
    value.set("lines", std::move(lines));
    return value;
}

/// Counts the paints that reached any part of a form.
class PaintCounter : public QObject
{
public:
    int paints = 0;
    bool eventFilter(QObject *watched, QEvent *event) override
    {
        paints += event->type() == QEvent::Paint ? 1 : 0;
        return QObject::eventFilter(watched, event);
    }
};

/// Runs the event loop until what is due was laid out, validated and painted, and nothing is left to do at once.
void settle()
{
    QApplication::sendPostedEvents();
    QApplication::processEvents(QEventLoop::ExcludeSocketNotifiers);
    QApplication::sendPostedEvents();
}

void press(QWidget *target, const QString &text)
{
    QKeyEvent down(QEvent::KeyPress, 0, Qt::NoModifier, text);
    QKeyEvent up(QEvent::KeyRelease, 0, Qt::NoModifier, text);
    QApplication::sendEvent(target, &down);
    QApplication::sendEvent(target, &up);
}

struct FormTimes {
    double readyMs = 0;
    double keyP95Ms = 0;
};

FormTimes timeForm(const QByteArray &schemaText, const std::optional<JsonValue> &original)
{
    std::vector<double> ready;
    std::vector<double> keys;
    PaintCounter counter;
    for (int run = 0; run < 7; ++run) {
        ui::FormSheet sheet;
        sheet.resize(900, 800);
        sheet.show();
        settle();
        qApp->installEventFilter(&counter);
        QElapsedTimer timer;
        timer.start();
        const auto schema = CompiledSchema::compile(*readJson(schemaText, JsonLimits::schema()));
        FormStart start;
        start.original = original;
        const auto model = FormModel::create(*schema, start);
        sheet.setModel(model->get());
        settle();
        ready.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
        sheet.focusFirst();
        settle();
        auto *edit = qobject_cast<QLineEdit *>(QApplication::focusWidget());
        for (int key = 0; edit && key < 40; ++key) {
            timer.restart();
            press(edit, QString(QChar(u'a' + key % 26)));
            settle();
            keys.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
        }
        qApp->removeEventFilter(&counter);
        sheet.setModel(nullptr);
    }
    if (counter.paints == 0 || keys.empty()) {
        return {-1, -1}; // Nothing was painted or typed: no figure.
    }
    return {median(ready), percentile(keys, 0.95)};
}

/// Microseconds for one check of \p value, all problems collected.
double checkTime(const CompiledSchema &schema, const JsonValue &value)
{
    std::vector<double> times;
    for (int run = 0; run < 15; ++run) {
        QElapsedTimer timer;
        timer.start();
        constexpr int rounds = 200;
        qint64 steps = 0;
        for (int i = 0; i < rounds; ++i) {
            steps += schema.validate(value).steps;
        }
        times.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e3 / rounds);
        if (steps == 0) {
            return -1;
        }
    }
    return median(times);
}

/// Medians over the corpus' tools: the slowest, and the one in the middle.
std::vector<Figure> benchValidator()
{
    std::vector<double> times;
    const QDir corpus(QStringLiteral(COUNTERSIGN_TEST_DATA) + u"/schemas"_s);
    for (const QString &name : corpus.entryList({u"tool-*.json"_s})) {
        QFile file(corpus.filePath(name));
        if (!file.open(QIODevice::ReadOnly)) {
            continue;
        }
        const Result<JsonValue> entry = readJson(file.readAll(), JsonLimits::schema());
        const auto schema = CompiledSchema::compile(*entry->find("schema"));
        for (const JsonValue &value : entry->find("valid")->items()) {
            times.push_back(checkTime(**schema, value));
        }
    }
    const auto thousand = CompiledSchema::compile(flatSchema(1000));
    JsonValue all = JsonValue::object();
    for (int i = 0; i < 1000; ++i) {
        static const std::array<const char *, 5> values = {R"("Hafenstr. 1")", "12.5", "true", R"("express")", "3"};
        all.set("field" + std::to_string(i), *readJson(values[static_cast<size_t>(i) % values.size()]));
    }
    const double typical = times.empty() ? -1 : median(times);
    const double large = checkTime(**thousand, all) / 1e3;
    return {{u"check a tool call's arguments, median of the corpus"_s, typical, u"µs"_s, u"<= 2"_s,
             typical >= 0 && typical <= 2},
            {u"check 1,000 fields"_s, large, u"ms"_s, u"<= 0.5"_s, large <= 0.5}};
}

} // namespace

std::vector<Figure> benchForms(const Options &)
{
    ui::applyTheme(*qApp, ui::ColourScheme::Light);
    std::vector<Figure> figures = benchValidator();
    const auto add = [&](const QString &what, const FormTimes &times) {
        figures.push_back({what + u": schema to painted form"_s, times.readyMs, u"ms"_s, u"<= 50"_s,
                           times.readyMs >= 0 && times.readyMs <= 50});
        figures.push_back({what + u": one key, checked and painted, p95"_s, times.keyP95Ms, u"ms"_s, u"<= 16"_s,
                           times.keyP95Ms >= 0 && times.keyP95Ms <= 16});
    };
    for (const int fields : {10, 100, 1000, 5000}) {
        add(u"%L1 fields"_s.arg(fields), timeForm(writeJson(flatSchema(fields)), {}));
    }
    add(u"a list of 200 objects"_s, timeForm(writeJson(listSchema()), listValue(200)));
    return figures;
}

} // namespace countersign::bench
