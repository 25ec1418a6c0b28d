using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Norris.Tests.Simulation;

namespace Norris.Tests.Mutants;

/// <summary>A change that nobody has thought of: one of the usual operators, somewhere.</summary>
/// <param name="Name">Where, and what instead of what.</param>
/// <param name="Source">Which source.</param>
/// <param name="Node">What is replaced there.</param>
/// <param name="Instead">What it is replaced by.</param>
public sealed record DrawnMutant(string Name, int Source, SyntaxNode Node, SyntaxNode Instead) : Mutant(Name)
{
    public override void Change(SyntaxTree[] sources)
    {
        var tree = sources[Source];
        sources[Source] = tree.WithRootAndOptions(tree.GetRoot().ReplaceNode(Node, Instead), tree.Options);
    }
}

/// <summary>
/// The usual operators of mutation testing (conditions negated, comparisons moved by one, and/or, sums/differences and the smaller/the larger swapped,
/// numbers moved by one, statements left out), wherever they fit.
/// </summary>
public static class DrawnMutants
{
    private static readonly Dictionary<SyntaxKind, SyntaxKind> Swapped = new()
    {
        [SyntaxKind.LessThanExpression] = SyntaxKind.LessThanOrEqualExpression,
        [SyntaxKind.LessThanOrEqualExpression] = SyntaxKind.LessThanExpression,
        [SyntaxKind.GreaterThanExpression] = SyntaxKind.GreaterThanOrEqualExpression,
        [SyntaxKind.GreaterThanOrEqualExpression] = SyntaxKind.GreaterThanExpression,
        [SyntaxKind.EqualsExpression] = SyntaxKind.NotEqualsExpression,
        [SyntaxKind.NotEqualsExpression] = SyntaxKind.EqualsExpression,
        [SyntaxKind.LogicalAndExpression] = SyntaxKind.LogicalOrExpression,
        [SyntaxKind.LogicalOrExpression] = SyntaxKind.LogicalAndExpression,
        [SyntaxKind.AddExpression] = SyntaxKind.SubtractExpression,
        [SyntaxKind.SubtractExpression] = SyntaxKind.AddExpression,
    };

    private static readonly Dictionary<string, string> Renamed = new() { ["Min"] = "Max", ["Max"] = "Min" };

    /// <summary>So many of all, drawn without putting back; the same from the same seed and the same sources.</summary>
    public static IReadOnlyList<Mutant> Draw(IReadOnlyList<SyntaxTree> sources, int count, ulong seed)
    {
        var all = All(sources).ToList();
        var dice = new Dice(seed);
        for (var i = 0; i < Math.Min(count, all.Count); i++)
        {
            var other = i + dice.Below(all.Count - i);
            (all[i], all[other]) = (all[other], all[i]);
        }

        return all[..Math.Min(count, all.Count)];
    }

    public static IEnumerable<Mutant> All(IReadOnlyList<SyntaxTree> sources) =>
        from source in Enumerable.Range(0, sources.Count)
        from node in sources[source].GetRoot().DescendantNodes()
        from instead in Instead(node)
        select new DrawnMutant(NameOf(sources[source], node, instead), source, node, instead);

    private static IEnumerable<SyntaxNode> Instead(SyntaxNode node)
    {
        switch (node)
        {
            case BinaryExpressionSyntax binary when Swapped.TryGetValue(binary.Kind(), out var kind):
                yield return SyntaxFactory.BinaryExpression(kind, binary.Left, binary.Right).WithTriviaFrom(node);
                break;
            case LiteralExpressionSyntax literal when literal.Token.Value is int value && literal.Parent is not EnumMemberDeclarationSyntax:
                yield return Number(value + 1);
                yield return Number(value - 1);
                break;
            case IdentifierNameSyntax name when Renamed.TryGetValue(name.Identifier.Text, out var other) && name.Parent is MemberAccessExpressionSyntax access && access.Name == name:
                yield return SyntaxFactory.IdentifierName(other).WithTriviaFrom(node);
                break;
            case ExpressionStatementSyntax:
                yield return SyntaxFactory.EmptyStatement().WithTriviaFrom(node);
                break;
        }

        if (node is ExpressionSyntax condition && node.Parent is IfStatementSyntax or WhileStatementSyntax or ConditionalExpressionSyntax && ConditionOf(node.Parent) == condition)
        {
            yield return SyntaxFactory.PrefixUnaryExpression(SyntaxKind.LogicalNotExpression, SyntaxFactory.ParenthesizedExpression(condition.WithoutTrivia())).WithTriviaFrom(node);
        }
    }

    private static ExpressionSyntax? ConditionOf(SyntaxNode? statement) => statement switch
    {
        IfStatementSyntax s => s.Condition,
        WhileStatementSyntax s => s.Condition,
        ConditionalExpressionSyntax s => s.Condition,
        _ => null,
    };

    private static LiteralExpressionSyntax Number(int value) => SyntaxFactory.LiteralExpression(SyntaxKind.NumericLiteralExpression, SyntaxFactory.Literal(value));

    private static string NameOf(SyntaxTree tree, SyntaxNode node, SyntaxNode instead)
    {
        // Where a condition is long, what was replaced in it says more than the whole.
        static string OneLine(SyntaxNode n) => string.Join(' ', n.ToString().Split((char[])['\n', ' '], StringSplitOptions.RemoveEmptyEntries));
        var line = tree.GetLineSpan(node.Span).StartLinePosition.Line + 1;
        return $"{tree.FilePath}:{line} {OneLine(node)} => {(instead is EmptyStatementSyntax ? "nothing" : OneLine(instead))}";
    }
}
