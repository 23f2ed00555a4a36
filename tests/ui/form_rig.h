// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_reader.h"
#include "core/schema/form_model.h"
#include "ui/forms/form_sheet.h"
#include "ui/forms/form_view.h"
#include "ui/forms/row_widget.h"
#include "ui/style/theme.h"

#include <QtTest/QTest>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QApplication>
#include <QtWidgets/QLineEdit>

namespace countersign::ui {

/// A form over a schema, in a window that is really shown.
class FormRig
{
public:
    explicit FormRig(const QByteArray &schema, FormStart start = {}, QSize size = QSize(760, 700))
        : FormRig(readJson(schema).valueOr({}), std::move(start), size)
    {}
    explicit FormRig(const JsonValue &schema, FormStart start = {}, QSize size = QSize(760, 700))
        : FormRig(CompiledSchema::compile(schema).valueOr(nullptr), std::move(start), size)
    {}
    explicit FormRig(std::shared_ptr<const CompiledSchema> schema, FormStart start = {}, QSize size = QSize(760, 700))
    {
        sheet.resize(size);
        if (!schema) {
            error = QStringLiteral("the schema cannot be used");
            return;
        }
        auto made = FormModel::create(std::move(schema), std::move(start));
        if (!made) {
            error = made.error().message;
            return;
        }
        model = *std::move(made);
        sheet.setModel(model.get());
        sheet.show();
        sheet.activateWindow();
        [[maybe_unused]] const bool shown = QTest::qWaitForWindowActive(&sheet);
    }
    ~FormRig() { sheet.setModel(nullptr); }
    FormRig(const FormRig &) = delete;
    FormRig &operator=(const FormRig &) = delete;

    FormView &view() { return *sheet.view(); }

    /// The row of the place, brought on screen; null: it has none.
    RowWidget *row(std::string_view pointer)
    {
        const FieldId field = model->reveal(pointer);
        view().applyChanges();
        if (field == noField || !view().focusField(field)) {
            return nullptr;
        }
        for (FieldId id = field; id != noField; id = model->field(id)->parent) {
            for (const RowPart part : {RowPart::Field, RowPart::Header}) {
                if (RowWidget *found = view().rowWidget(id, part)) {
                    return found;
                }
            }
        }
        return nullptr;
    }

    template<typename Part>
    Part *part(std::string_view pointer, const QString &name = {})
    {
        RowWidget *found = row(pointer);
        return found ? found->findChild<Part *>(name) : nullptr;
    }

    /// Types into whatever has the focus.
    static void type(const QString &text) { QTest::keyClicks(QApplication::focusWidget(), text); }
    static void key(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
    {
        QTest::keyClick(QApplication::focusWidget(), key, modifiers);
    }

    QByteArray text() const { return writeJson(model->outgoing()); }

    std::unique_ptr<FormModel> model; ///< Outlives the sheet.
    FormSheet sheet;
    QString error;
};

} // namespace countersign::ui
