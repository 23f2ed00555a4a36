// SPDX-License-Identifier: Apache-2.0
#include "app/desktop/desktop_options.h"

#include "core/base/visible_text.h"

namespace countersign::desktop {

using namespace Qt::Literals::StringLiterals;

namespace {

Error wrongCall(const QString &what)
{
    return {ErrorCode::InvalidInput, u"Nothing was opened: %1. countersign --help lists the options."_s.arg(what), {}};
}

Result<> readScheme(const QString &word, DesktopOptions &options)
{
    if (word == u"light"_s) {
        options.scheme = ui::ColourScheme::Light;
    } else if (word == u"dark"_s) {
        options.scheme = ui::ColourScheme::Dark;
    } else if (word == u"system"_s) {
        options.scheme = ui::ColourScheme::FollowSystem;
    } else {
        return wrongCall(u"--theme takes light, dark or system"_s);
    }
    return {};
}

Result<> readValue(const QString &name, const QString &value, DesktopOptions &options)
{
    if (value.isEmpty()) {
        return wrongCall(u"after %1 a value is missing"_s.arg(name));
    }
    if (name == u"--theme"_s) {
        return readScheme(value, options);
    }
    (name == u"--workspace"_s ? options.workspaceUrl : options.shotsFolder) = value;
    return {};
}

} // namespace

Result<DesktopOptions> readOptions(const QStringList &words)
{
    DesktopOptions options;
    for (qsizetype i = 0; i < words.size(); ++i) {
        const QString name = words[i].section(u'=', 0, 0);
        const bool takesValue = name == u"--workspace"_s || name == u"--shots"_s || name == u"--theme"_s;
        if (takesValue) {
            const bool inOneWord = words[i].contains(u'=');
            const QString value = inOneWord ? words[i].section(u'=', 1) : words.value(++i);
            if (const Result<> read = readValue(name, value, options); !read) {
                return read.error();
            }
        } else if (words[i] == u"--exit-after-first-paint"_s) {
            options.exitAfterFirstPaint = true;
        } else if (words[i] == u"--version"_s) {
            options.showVersion = true;
        } else if (words[i] == u"--help"_s || words[i] == u"-h"_s) {
            options.showHelp = true;
        } else {
            return wrongCall(u"“%1” is not an option"_s.arg(shortened(displayText(words[i]).text, 60)));
        }
    }
    return options;
}

QString helpText()
{
    return u"countersign: the window in which people decide what agents and scripts may do.\n"
           u"\n"
           u"  --workspace URL           sqlite:PATH; else COUNTERSIGN_WORKSPACE, else your own workspace\n"
           u"  --theme light|dark|system for this run\n"
           u"  --shots FOLDER            draw pictures of every pane with sample data, and quit; in all looks,\n"
           u"                            or with --theme in that one\n"
           u"  --exit-after-first-paint  quit when the first list is on screen, and print how long it took\n"
           u"  --version, --help\n"
           u"\n"
           u"Scripts ask with countersignctl; see countersignctl --help.\n"_s;
}

} // namespace countersign::desktop
