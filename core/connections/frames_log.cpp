// SPDX-License-Identifier: Apache-2.0
#include "core/connections/frames_log.h"

namespace countersign {

using namespace Qt::Literals::StringLiterals;

QString FramesLog::masked(const QByteArray &utf8) const
{
    QByteArray text = utf8;
    for (const QByteArray &secret : m_secrets) {
        if (secret.size() >= 4) {
            text.replace(secret, "••••");
        }
    }
    return QString::fromUtf8(text);
}

void FramesLog::add(Timestamp at, LoggedFrame::Direction direction, const QString &type, const QByteArray &utf8)
{
    if (m_frames.size() >= mostFrames) {
        m_frames.pop_front();
    }
    // A secret that the cut goes through is masked as well: looked for before cutting, in a little more than is kept.
    const QString text = masked(utf8.left(mostText + 1024)).left(mostText);
    m_frames.push_back({at, direction, type, utf8.size(), text});
}

} // namespace countersign
