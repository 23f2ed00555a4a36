// SPDX-License-Identifier: Apache-2.0
#include "app/sample/sample_evidence.h"

#include <QtCore/QDate>
#include <QtCore/QtEndian>

#include <array>

namespace countersign::sample {

namespace {

constexpr int customerRows = 12408;

/// A small generator with a fixed start, so that the samples are the same everywhere.
class Sequence
{
public:
    unsigned next(unsigned below)
    {
        m_state = m_state * 1664525U + 1013904223U;
        return (m_state >> 8U) % below;
    }

private:
    unsigned m_state = 20261124U;
};

unsigned crcOf(const QByteArray &bytes)
{
    unsigned crc = 0xffffffffU;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
        }
    }
    return crc ^ 0xffffffffU;
}

QByteArray bigEndian(unsigned value)
{
    QByteArray bytes(4, '\0');
    qToBigEndian(value, bytes.data());
    return bytes;
}

QByteArray chunk(const QByteArray &type, const QByteArray &data)
{
    return bigEndian(static_cast<unsigned>(data.size())) + type + data + bigEndian(crcOf(type + data));
}

/// An RGB picture, one byte per colour.
class Picture
{
public:
    Picture(int width, int height)
        : m_width(width)
        , m_height(height)
        , m_pixels(static_cast<qsizetype>(width) * height * 3, char(0xfb))
    {}

    void fill(int left, int top, int width, int height, std::array<unsigned char, 3> colour)
    {
        for (int y = top; y < top + height; ++y) {
            for (int x = left; x < left + width; ++x) {
                const qsizetype at = (static_cast<qsizetype>(y) * m_width + x) * 3;
                for (qsizetype part = 0; part < 3; ++part) {
                    m_pixels[at + part] = static_cast<char>(colour[static_cast<size_t>(part)]);
                }
            }
        }
    }

    QByteArray png() const
    {
        QByteArray lines;
        for (int y = 0; y < m_height; ++y) {
            lines += '\0'; // No filter.
            lines += m_pixels.mid(static_cast<qsizetype>(y) * m_width * 3, static_cast<qsizetype>(m_width) * 3);
        }
        const QByteArray header = bigEndian(static_cast<unsigned>(m_width)) +
                                  bigEndian(static_cast<unsigned>(m_height)) + QByteArray("\x08\x02\0\0\0", 5);
        // qCompress() puts four bytes of length in front of the zlib stream.
        return QByteArray("\x89PNG\r\n\x1a\n", 8) + chunk("IHDR", header) + chunk("IDAT", qCompress(lines, 9).mid(4)) +
               chunk("IEND", {});
    }

private:
    int m_width;
    int m_height;
    QByteArray m_pixels;
};

} // namespace

QByteArray sampleCustomersCsv()
{
    static constexpr std::array countries{"DE", "AT", "CH", "FR", "PL", "NL", "SE"};
    Sequence sequence;
    QByteArray csv = "id,email,country,last_order,orders,balance_eur\n";
    csv.reserve(customerRows * 64);
    const QDate start(2015, 1, 1);
    for (int row = 1; row <= customerRows; ++row) {
        const QDate lastOrder = start.addDays(sequence.next(2190));
        csv += QByteArray::number(100000 + row) + ",customer" + QByteArray::number(row) + "@example.com," +
               countries[sequence.next(countries.size())] + ',' + lastOrder.toString(Qt::ISODate).toLatin1() + ',' +
               QByteArray::number(sequence.next(40)) + ',' + QByteArray::number(sequence.next(100)) + '.' +
               QByteArray::number(10 + sequence.next(90)) + '\n';
    }
    return csv;
}

QByteArray sampleDeleteQuery()
{
    return "-- Rows that the retention rule names: no order since 2021.\n"
           "DELETE FROM customers_old\n"
           " WHERE last_order < DATE '2021-01-01'\n"
           "   AND NOT EXISTS (SELECT 1\n"
           "                     FROM open_invoices i\n"
           "                    WHERE i.customer_id = customers_old.id);\n";
}

QByteArray sampleInvoiceText()
{
    return "Nordwind GmbH\n"
           "Hafenstrasse 12, 20457 Hamburg\n"
           "\n"
           "Invoice INV-2026-0881                         10 November 2026\n"
           "Purchase order 5512\n"
           "\n"
           "  1  Cold storage, October 2026                    3,150.00 EUR\n"
           "  2  Handling, 42 pallets                          1,050.00 EUR\n"
           "                                                 --------------\n"
           "     Total due by 24 November 2026                 4,200.00 EUR\n"
           "\n"
           "Please pay to DE89 3704 0044 0532 0130 00\n";
}

QByteArray sampleChartPng()
{
    static constexpr std::array heights{96, 132, 120, 168, 204, 188, 236, 268};
    Picture picture(640, 360);
    for (int line = 0; line < 5; ++line) {
        picture.fill(40, 40 + line * 60, 560, 1, {0xe2, 0xe5, 0xea});
    }
    for (size_t bar = 0; bar < heights.size(); ++bar) {
        const bool last = bar + 1 == heights.size();
        picture.fill(60 + static_cast<int>(bar) * 66, 320 - heights[bar], 42, heights[bar],
                     last ? std::array<unsigned char, 3>{0x1f, 0x6f, 0xeb}
                          : std::array<unsigned char, 3>{0x9d, 0xb9, 0xe8});
    }
    picture.fill(40, 320, 560, 2, {0x6b, 0x72, 0x80});
    return picture.png();
}

} // namespace countersign::sample
