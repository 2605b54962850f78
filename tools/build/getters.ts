/**
 * Getters of classes as calls of Object.defineProperty, before a class is lowered. Closure Compiler lowers them to
 * Object.defineProperties, which mquickjs does not have; tsc's own lowering wraps each class into a function, which hides its
 * methods from Closure Compiler.
 */
import ts from "typescript";

/** A transformer to run before tsc's own. */
export function plainGetters(): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => context.factory.updateSourceFile(file, file.statements.flatMap((statement) => {
    if (!ts.isClassDeclaration(statement) || !statement.name) return [statement];
    const getters = statement.members.filter(ts.isGetAccessorDeclaration);
    return getters.length === 0 ? [statement] : [withoutGetters(statement, context.factory), ...getters.map((getter) => defined(statement.name!, getter, context.factory))];
  }));
}

function withoutGetters(node: ts.ClassDeclaration, factory: ts.NodeFactory): ts.ClassDeclaration {
  const members = node.members.filter((member) => !ts.isGetAccessorDeclaration(member));
  return factory.updateClassDeclaration(node, node.modifiers, node.name, node.typeParameters, node.heritageClauses, members);
}

/** `Object.defineProperty(NAME.prototype, "getter", { get: function () { ... } });` */
function defined(name: ts.Identifier, getter: ts.GetAccessorDeclaration, factory: ts.NodeFactory): ts.Statement {
  const get = factory.createFunctionExpression(undefined, undefined, undefined, undefined, [], undefined, getter.body!);
  const descriptor = factory.createObjectLiteralExpression([factory.createPropertyAssignment("get", get)]);
  const prototype = factory.createPropertyAccessExpression(factory.createIdentifier(name.text), "prototype");
  return factory.createExpressionStatement(factory.createCallExpression(
    factory.createPropertyAccessExpression(factory.createIdentifier("Object"), "defineProperty"), undefined,
    [prototype, factory.createStringLiteral((getter.name as ts.Identifier).text), descriptor]));
}
